from __future__ import annotations

import subprocess
import sys

import pytest

from trainwright.errors import LineageError, RunNotFoundError
from trainwright.lineage import (
    ArtifactRecord,
    ArtifactState,
    ExecutionState,
    LineageStore,
    RunContexts,
    TypeSpec,
    count_runs,
    get_run,
)


def test_a_run_that_has_begun(recording) -> None:
    run = get_run(recording.store, recording.begin(train_args="{}"))
    assert run.execution.state is ExecutionState.RUNNING
    assert run.execution.contexts == RunContexts("taxi", "run-1", "Trainer")
    assert run.execution.properties == {"train_args": "{}"}
    assert run.execution.created_ms > 1_700_000_000_000
    (examples,) = run.inputs["examples"]
    assert (examples.uri, examples.state) == ("/data/examples", ArtifactState.LIVE)
    assert examples.properties == {"split_names": '["train"]'}
    assert examples.custom_properties == {"is_external": 1}
    assert run.outputs == {}


def test_a_run_that_is_complete(recording) -> None:
    execution_id = recording.begin()
    ids = recording.complete(execution_id, **{"metric/auc": 0.75})
    run = get_run(recording.store, execution_id)
    assert run.execution.state is ExecutionState.COMPLETE
    assert run.execution.metrics == {"auc": 0.75}
    assert {key: [item.id for item in group] for key, group in run.outputs.items()} == ids
    (model,) = run.outputs["model"]
    assert (model.uri, model.state) == (f"/out/model/{execution_id}", ArtifactState.LIVE)
    assert model.custom_properties == {"note": "x", "is_external": 0}


def test_events_have_paths(recording) -> None:
    recording.complete(recording.begin())
    found = recording.rows(
        "SELECT e.type, p.is_index_step, p.step_index, p.step_key FROM Event e "
        "JOIN EventPath p ON p.event_id = e.id ORDER BY e.id, p.step_index IS NOT NULL",
    )
    assert found == [
        (3, 0, None, "examples"),
        (3, 1, 0, None),
        (4, 0, None, "model"),
        (4, 1, 0, None),
        (4, 0, None, "model_run"),
        (4, 1, 0, None),
    ]


def test_executions_and_outputs_are_in_all_contexts_and_inputs_in_the_node(recording) -> None:
    recording.complete(recording.begin())
    executions = "SELECT c.name FROM Association JOIN Context c ON c.id = context_id ORDER BY 1"
    assert recording.rows(executions) == [("run-1",), ("taxi",), ("taxi.Trainer",)]
    artifacts = (
        "SELECT a.uri, c.name FROM Attribution JOIN Context c ON c.id = context_id "
        "JOIN Artifact a ON a.id = artifact_id ORDER BY a.uri, c.name"
    )
    assert recording.rows(artifacts) == [
        ("/data/examples", "taxi.Trainer"),
        ("/out/model/1", "run-1"),
        ("/out/model/1", "taxi"),
        ("/out/model/1", "taxi.Trainer"),
        ("/out/model_run/1", "run-1"),
        ("/out/model_run/1", "taxi"),
        ("/out/model_run/1", "taxi.Trainer"),
    ]


@pytest.mark.parametrize(
    ("end", "state"),
    [("fail_execution", ExecutionState.FAILED), ("cancel_execution", ExecutionState.CANCELED)],
)
def test_a_run_that_ends_badly(recording, end: str, state: ExecutionState) -> None:
    execution_id = recording.begin()
    properties = {"error_type": "ValueError", "error_message": "bad"}
    assert getattr(recording.store, end)(execution_id, properties)
    run = get_run(recording.store, execution_id)
    assert run.execution.state is state
    assert run.execution.error is not None
    assert run.execution.error.message == "bad"
    assert run.outputs == {}


def test_a_run_ends_once(recording) -> None:
    execution_id = recording.begin()
    recording.complete(execution_id)
    assert not recording.store.fail_execution(execution_id, {"error_type": "ValueError"})
    with pytest.raises(LineageError, match="Run 1 in .* is COMPLETE: only a RUNNING one"):
        recording.complete(execution_id)
    run = get_run(recording.store, execution_id)
    assert run.execution.state is ExecutionState.COMPLETE
    assert run.execution.error is None
    assert len(run.outputs["model"]) == 1


def test_a_run_that_is_not_there(recording) -> None:
    with pytest.raises(RunNotFoundError, match="no run 5"):
        recording.complete(5)
    assert not recording.store.cancel_execution(5, {})


def test_a_run_that_cannot_be_recorded_whole_is_not_recorded(recording) -> None:
    unusable = ArtifactRecord(TypeSpec("Model"), ["not", "a", "path"])  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        recording.store.begin_execution(
            TypeSpec("Trainer"), RunContexts("p", "r", "n"), {"model": [unusable]}, {}
        )
    assert recording.rows("SELECT count(*) FROM Execution") == [(0,)]
    assert recording.rows("SELECT count(*) FROM Type") == [(9,)]


def test_errors_of_the_database_name_it(recording) -> None:
    with recording.store.transaction() as connection:
        connection.exec_driver_sql("DROP TABLE EventPath")
    with pytest.raises(LineageError, match=r"(?i)eventpath") as caught:
        recording.begin()
    assert caught.value.message.startswith(recording.store.location.name)


def test_inputs_are_recognised(recording) -> None:
    def inputs(*artifacts: ArtifactRecord) -> list[int | None]:
        execution_id = recording.store.begin_execution(
            TypeSpec("Trainer"), RunContexts("p", "r", "n"), {"in": artifacts}, {}
        )
        return [item.id for item in get_run(recording.store, execution_id).inputs["in"]]

    first = recording.begin()
    written = recording.complete(first)
    examples = recording.examples()
    known = inputs(examples)
    assert known == [get_run(recording.store, first).inputs["examples"][0].id]
    assert inputs(recording.examples(id=known[0])) == known
    assert inputs(recording.examples(id=999)) == known  # an id of another database
    assert inputs(ArtifactRecord(TypeSpec("Model"), "/out/model/1")) == written["model"]
    assert inputs(ArtifactRecord(TypeSpec("Schema"), "/data/examples")) != known
    assert inputs(recording.examples("/data/other")) != known


def test_a_deleted_artifact_is_imported_again(recording) -> None:
    first = recording.begin()
    (old,) = get_run(recording.store, first).inputs["examples"]
    with recording.store.transaction() as connection:
        connection.exec_driver_sql(f"UPDATE Artifact SET state = 4 WHERE id = {old.id}")
    (new,) = get_run(recording.store, recording.begin()).inputs["examples"]
    assert new.id != old.id


def test_one_artifact_in_two_places_has_one_event(recording) -> None:
    item, other = recording.examples(), recording.examples("/data/b")
    execution_id = recording.store.begin_execution(
        TypeSpec("Trainer"),
        RunContexts("p", "r", "n"),
        {"examples": [item, other, item], "more": [item]},
        {},
    )
    run = get_run(recording.store, execution_id)
    uris = {key: [item.uri for item in group] for key, group in run.inputs.items()}
    assert uris == {
        "examples": ["/data/examples", "/data/b", "/data/examples"],
        "more": ["/data/examples"],
    }
    assert recording.rows("SELECT count(*) FROM Event") == [(2,)]


def test_many_processes_write_to_one_database(recording) -> None:
    script = (
        "import sys\n"
        "from trainwright.lineage import LineageStore, RunContexts, TypeSpec\n"
        "store = LineageStore.open(sys.argv[1])\n"
        "for number in range(15):\n"
        "    run = store.begin_execution(TypeSpec('Trainer', 'mlmd.Train'),\n"
        "        RunContexts('taxi', f'{sys.argv[2]}-{number}', 'Trainer'), {}, {})\n"
        "    store.complete_execution(run, {}, {'number': number})\n"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, recording.where, str(number)],
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    assert [process.communicate()[1] for process in processes] == [""] * 4
    store = LineageStore.open(recording.where, read_only=True)
    assert count_runs(store, state=ExecutionState.COMPLETE) == 60
    assert recording.rows("SELECT count(*) FROM Context") == [(62,)]
