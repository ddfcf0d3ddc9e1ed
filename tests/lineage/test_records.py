from __future__ import annotations

import math

import pytest

from trainwright.lineage import (
    ArtifactState,
    EventKind,
    ExecutionRecord,
    ExecutionState,
    RunContexts,
)


def record(
    state: ExecutionState = ExecutionState.COMPLETE, **properties: object
) -> ExecutionRecord:
    contexts = RunContexts("taxi", "run-1", "Trainer")
    return ExecutionRecord(1, "name", "type", state, contexts, 1000, 3500, properties)  # type: ignore[arg-type]


def test_metrics_are_the_numbers_under_their_prefix() -> None:
    properties = {"metric/auc": 0.5, "metric/loss": "nan", "metric/note": "text", "steps": 3}
    metrics = record(**properties).metrics
    assert sorted(metrics) == ["auc", "loss"]
    assert metrics["auc"] == 0.5
    assert math.isnan(metrics["loss"])


def test_error_is_none_unless_one_is_recorded() -> None:
    assert record().error is None
    error = record(error_type="ValueError", error_message="bad").error
    assert error is not None
    assert (error.type, error.message, error.hint, error.traceback) == ("ValueError", "bad", "", "")


def test_duration_needs_an_end() -> None:
    assert record().duration_seconds == 2.5
    assert record(ExecutionState.RUNNING).duration_seconds is None


@pytest.mark.parametrize("number", [None, 0, 77])
def test_numbers_of_other_versions_read_as_unknown(number: int | None) -> None:
    for enumeration in (ExecutionState, ArtifactState, EventKind):
        assert enumeration.of(number) is enumeration.UNKNOWN
    assert ExecutionState.of(3) is ExecutionState.COMPLETE
