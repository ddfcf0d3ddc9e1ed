from __future__ import annotations

from pathlib import Path

import pytest

from trainwright.errors import RunNotFoundError
from trainwright.lineage import (
    ArtifactRecord,
    ExecutionState,
    LineageStore,
    RunContexts,
    TypeSpec,
    count_runs,
    find_run,
    get_run,
    list_runs,
)


@pytest.fixture
def several(recording):
    """Runs 1 (complete), 2 (failed), 3 (of another pipeline, complete), 4 (running)."""
    recording.complete(recording.begin())
    recording.store.fail_execution(recording.begin(), {"error_type": "ValueError"})
    recording.complete(recording.begin(RunContexts("penguin", "run-2", "Trainer")))
    recording.begin()
    return recording


def ids(records) -> list[int]:
    return [record.id for record in records]


def test_list_runs_newest_first(several) -> None:
    assert ids(list_runs(several.store)) == [4, 3, 2, 1]
    assert ids(list_runs(several.store, limit=2)) == [4, 3]


def test_list_runs_filters(several) -> None:
    assert ids(list_runs(several.store, pipeline="penguin")) == [3]
    assert ids(list_runs(several.store, state=ExecutionState.COMPLETE)) == [3, 1]
    assert ids(list_runs(several.store, pipeline="taxi", state=ExecutionState.FAILED)) == [2]
    assert list_runs(several.store, pipeline="nobody's") == []


def test_count_runs(several) -> None:
    assert count_runs(several.store) == 4
    assert count_runs(several.store, pipeline="taxi") == 3
    assert count_runs(several.store, state=ExecutionState.RUNNING) == 1


def test_an_empty_database_has_no_runs(recording) -> None:
    assert list_runs(recording.store) == []
    assert count_runs(recording.store) == 0
    with pytest.raises(RunNotFoundError, match="no run yet"):
        find_run(recording.store, "latest")


def test_executions_that_train_nothing_are_no_runs(recording) -> None:
    recording.store.begin_execution(
        TypeSpec("Importer"), RunContexts("taxi", "r", "Importer"), {}, {}
    )
    assert list_runs(recording.store) == []
    assert get_run(recording.store, 1).execution.type_name == "Importer"


@pytest.mark.parametrize(("name", "run"), [("2", 2), ("latest", 4), ("run-2", 3), ("run-1", 4)])
def test_find_run(several, name: str, run: int) -> None:
    assert find_run(several.store, name) == run


@pytest.mark.parametrize("name", ["5", "run-9", "", "-1", "9" * 400, "²", "1; DROP TABLE Type"])
def test_find_run_that_is_not_there(several, name: str) -> None:
    with pytest.raises(RunNotFoundError, match="has no run") as caught:
        find_run(several.store, name)
    assert several.store.location.name in caught.value.message
    assert caught.value.hint is not None


def test_get_run_that_is_not_there(several) -> None:
    with pytest.raises(RunNotFoundError, match="has no run 9"):
        get_run(several.store, 9)


def test_inputs_keep_their_order(recording) -> None:
    artifacts = [ArtifactRecord(TypeSpec("Examples"), f"/data/{name}") for name in "cab"]
    again = [artifacts[1], artifacts[2], artifacts[0]]
    for group in (artifacts, again):
        run = recording.store.begin_execution(
            TypeSpec("T"), RunContexts("p", "r", "n"), {"examples": group}, {}
        )
        found = get_run(recording.store, run).inputs["examples"]
        assert [item.uri for item in found] == [item.uri for item in group]


def test_a_database_of_tfx(tfx_database: Path) -> None:
    store = LineageStore.open(tfx_database)
    runs = list_runs(store)
    assert [(run.id, run.state.name) for run in runs] == [
        (21, "COMPLETE"),
        (16, "FAILED"),
        (12, "FAILED"),
        (8, "CACHED"),
        (4, "COMPLETE"),
    ]
    assert runs[0].contexts == RunContexts("taxi_ref", "2026-11-22T08:11:20.057955", "Trainer")
    assert runs[0].duration_seconds == 50.599
    warm = get_run(store, 21)
    assert {key: [item.id for item in group] for key, group in warm.inputs.items()} == {
        "base_model": [4],
        "examples": [1],
        "schema": [2],
        "transform_graph": [3],
    }
    assert warm.inputs["examples"][0].properties == {"span": 3, "split_names": '["train", "eval"]'}
    assert warm.outputs["model"][0].uri == "/pipelines/taxi/Trainer/model/21"
    assert find_run(store, "2026-11-22T08:00:49.241795") == 4


def test_adding_to_a_database_of_tfx(tfx_database: Path) -> None:
    store = LineageStore.open(tfx_database)
    base = ArtifactRecord(TypeSpec("Model", "mlmd.Model"), "/pipelines/taxi/Trainer/model/21")
    trainer = TypeSpec("tfx.components.trainer.component.Trainer", "mlmd.Train")
    run = store.begin_execution(
        trainer, RunContexts("taxi_ref", "ours", "Trainer"), {"base_model": [base]}, {}
    )
    assert run == 22
    assert get_run(store, run).inputs["base_model"][0].id == 6
    store.complete_execution(run, {}, {})
    assert ids(list_runs(store, pipeline="taxi_ref", limit=2)) == [22, 21]
