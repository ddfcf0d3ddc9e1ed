from __future__ import annotations

import pytest

from trainwright.lineage import ExecutionState, RunContexts
from trainwright.lineage.search import RunFilter, search_runs


@pytest.fixture
def store(recording):
    """Five runs: of two pipelines and nodes, three of them with a metric."""
    for number, (pipeline, node, auc) in enumerate(
        [
            ("taxi", "Trainer", 0.7),
            ("taxi", "Trainer", 0.9),
            ("taxi", "Trainer.wide", 0.8),
            ("penguin", "Trainer", None),
        ]
    ):
        run = recording.begin(RunContexts(pipeline, f"run-{number}", node))
        recording.complete(run, **({"metric/auc": auc} if auc else {"metric/auc": float("nan")}))
    recording.begin()
    return recording.store


@pytest.mark.parametrize(
    ("chosen", "ids"),
    [
        (RunFilter(), [5, 4, 3, 2, 1]),
        (RunFilter(ascending=True), [1, 2, 3, 4, 5]),
        (RunFilter(pipeline="taxi"), [5, 3, 2, 1]),
        (RunFilter(node="Trainer"), [5, 4, 2, 1]),
        (RunFilter(node="taxi.Trainer"), [5, 2, 1]),
        (RunFilter(node="Train%"), []),
        (RunFilter(state=ExecutionState.RUNNING), [5]),
        (RunFilter(since_ms=0), [5, 4, 3, 2, 1]),
        (RunFilter(since_ms=2**60), []),
        (RunFilter(metric="auc"), [2, 3, 1]),
        (RunFilter(metric="auc", ascending=True), [1, 3, 2]),
        (RunFilter(metric="auc", node="taxi.Trainer"), [2, 1]),
        (RunFilter(metric="nothing"), []),
    ],
)
def test_filters_and_order(store, chosen: RunFilter, ids: list[int]) -> None:
    found, total = search_runs(store, chosen, limit=3, count=True)
    assert [run.id for run in found] == ids[:3]
    assert total == len(ids)


def test_counting_is_optional(store) -> None:
    found, total = search_runs(store, RunFilter())
    assert (len(found), total) == (5, None)
