"""ML Metadata itself reads what we write."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from trainwright.lineage import (
    ArtifactRecord,
    ExecutionState,
    LineageStore,
    RunContexts,
    TypeSpec,
    get_run,
)

pytestmark = pytest.mark.oracle

TRAINER = "tfx.components.trainer.component.Trainer"


both_versions = pytest.mark.parametrize(
    "ml_metadata", ["oracle_python", "mlmd_python"], ids=["1.15", "1.17"], indirect=True
)


@pytest.fixture(params=["mlmd_python"], ids=["1.17"])
def ml_metadata(request: pytest.FixtureRequest):
    python: str = request.getfixturevalue(request.param)
    script = Path(__file__).parent / "oracle" / "dump_database.py"

    def dump(where: str | Path, *tasks: str) -> dict[str, Any]:
        command = [python, str(script), str(where), *tasks]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout or "{}")
        return found

    return dump


def test_our_database(recording, ml_metadata) -> None:
    run = recording.begin(train_args='{"num_steps": 5}', warm_starting=False, seed=7)
    recording.complete(run, **{"metric/auc": 0.75, "metric/loss": float("nan")})
    failed = recording.begin(RunContexts("taxi", "run-2", "Trainer"))
    recording.store.fail_execution(
        failed, {"error_type": "ValueError", "error_message": "böse, 大"}
    )
    cancelled = recording.begin(RunContexts("taxi", "run-2", "Trainer"))
    recording.store.cancel_execution(cancelled, {})
    recording.begin()
    found = ml_metadata(recording.where)

    properties = {"span": "INT", "version": "INT", "split_names": "STRING"}
    assert found["artifact_types"] == {
        "Examples": {"base": "DATASET", "properties": properties},
        "Model": {"base": "MODEL", "properties": {}},
        "ModelRun": {"base": None, "properties": {}},
    }
    assert found["execution_types"] == {TRAINER: {"base": "TRAIN", "properties": {}}}
    assert [item["state"] for item in found["executions"].values()] == [
        "COMPLETE",
        "FAILED",
        "CANCELED",
        "RUNNING",
    ]
    first = found["executions"]["1"]
    assert first["type"] == TRAINER
    assert first["properties"] == {
        "train_args": '{"num_steps": 5}',
        "warm_starting": False,
        "seed": 7,
        "metric/auc": 0.75,
        "metric/loss": "nan",
    }
    assert first["contexts"] == [
        ["node", "taxi.Trainer"],
        ["pipeline", "taxi"],
        ["pipeline_run", "run-1"],
    ]
    record = get_run(recording.store, run).execution
    assert first["times"] == [record.created_ms, record.updated_ms]
    assert found["executions"]["2"]["properties"]["error_message"] == "böse, 大"
    assert found["parents"] == {
        "taxi": [],
        "taxi.Trainer": [],
        "run-1": ["taxi"],
        "run-2": ["taxi"],
    }
    assert found["events"] == [
        [1, "INPUT", 1, ["examples", 0]],
        [1, "OUTPUT", 2, ["model", 0]],
        [1, "OUTPUT", 3, ["model_run", 0]],
        [2, "INPUT", 1, ["examples", 0]],
        [3, "INPUT", 1, ["examples", 0]],
        [4, "INPUT", 1, ["examples", 0]],
    ]
    assert found["artifacts"]["1"] == {
        "type": "Examples",
        "uri": "/data/examples",
        "state": "LIVE",
        "properties": {"split_names": '["train"]'},
        "custom_properties": {"is_external": 1},
        "contexts": ["taxi.Trainer"],
    }
    assert found["artifacts"]["2"] == {
        "type": "Model",
        "uri": "/out/model/1",
        "state": "LIVE",
        "properties": {},
        "custom_properties": {"is_external": 0, "note": "x"},
        "contexts": ["run-1", "taxi", "taxi.Trainer"],
    }


@both_versions
def test_their_database_with_a_run_of_ours(tfx_database: Path, ml_metadata) -> None:
    before = ml_metadata(tfx_database)
    store = LineageStore.open(tfx_database)
    model = TypeSpec("Model", "mlmd.Model")
    run = store.begin_execution(
        TypeSpec(TRAINER, "mlmd.Train"),
        RunContexts("taxi_ref", "ours", "Trainer"),
        {"base_model": [ArtifactRecord(model, "/pipelines/taxi/Trainer/model/21")]},
        {"train_args": "{}"},
    )
    store.complete_execution(
        run, {"model": [ArtifactRecord(model, "/out/Trainer/model/22")]}, {"metric/auc": 0.5}
    )
    after = ml_metadata(tfx_database)
    assert after["executions"].pop(str(run))["contexts"] == [
        ["node", "taxi_ref.Trainer"],
        ["pipeline", "taxi_ref"],
        ["pipeline_run", "ours"],
    ]
    ours = [event for event in after["events"] if event[0] == run]
    assert ours == [[run, "INPUT", 6, ["base_model", 0]], [run, "OUTPUT", 8, ["model", 0]]]
    assert after["parents"].pop("ours") == ["taxi_ref"]
    assert after["artifacts"].pop("8")["uri"] == "/out/Trainer/model/22"
    after["events"] = [event for event in after["events"] if event[0] != run]
    assert after == before


def test_runs_of_theirs_in_our_database(recording, ml_metadata) -> None:
    recording.complete(recording.begin())
    ml_metadata(recording.where, "create", "add")
    theirs = get_run(recording.store, 2)
    assert theirs.execution.state is ExecutionState.COMPLETE
    assert theirs.execution.name == "theirs"
    assert theirs.execution.contexts.pipeline == "taxi"
    assert theirs.execution.properties == {"train_args": '{"num_steps": 9}'}
    (model,) = theirs.outputs["model"]
    assert (model.type.name, model.uri) == ("Model", "/theirs/model")
    assert model.custom_properties == {"note": "größer, 大"}
    assert recording.begin() == 3


def test_our_runs_in_a_database_that_they_created(where: str, recording_in, ml_metadata) -> None:
    ml_metadata(where, "create")
    recording = recording_in(where)
    run = recording.begin(big=2**40, text="größer, 大", long="line of a traceback\n" * 500)
    recording.complete(run, **{"metric/auc": 0.75})
    ours = get_run(recording.store, run).execution.properties
    assert ours["text"] == "größer, 大"
    assert ours["long"].startswith("line of a traceback\n" * 100)
    found = ml_metadata(where)
    assert found["executions"]["1"]["properties"] == ours
    assert found["artifact_types"]["Examples"]["base"] == "DATASET"
    assert found["execution_types"][TRAINER]["base"] == "TRAIN"
    assert found["parents"]["run-1"] == ["taxi"]
