"""A real store of MLflow, in an SQLite file."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest

from trainwright.errors import InvalidArgumentError
from trainwright.events import announce, observing
from trainwright.tracking.mlflow_log import MlflowLog, logged_to_mlflow

PARAMETERS = {"rate": 0.25, "wide": True, "long": "x" * 9000, "a@b": "c"}


@pytest.mark.slow
def test_a_run_is_recorded(tmp_path: Path) -> None:
    mlflow = pytest.importorskip("mlflow")
    pytest.importorskip("alembic")
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"

    def train(fail: bool) -> str:
        with logged_to_mlflow(uri, "taxi", PARAMETERS, {"trainwright.pipeline": "taxi"}) as log:
            name.append(log.run_id)
            for step in range(1, 201):
                announce.on_steps(step, 1 / step, 32)
            metrics = {"auc": 0.75, "loss": float("nan"), "global_step": 200}
            announce.on_evaluation_end(None, metrics, 200, 1.0)
            announce.on_evaluation_end("test", {"auc": 0.5}, 200, 1.0)
            announce.on_train_end(200)
            if fail:
                raise RuntimeError("broken")
            log.result({"model": "/out/model/1"}, {"trainwright.run": "1"})
        return log.run_id

    name: list[str] = []
    client = mlflow.MlflowClient(tracking_uri=uri)
    run = client.get_run(train(False))
    assert run.info.status == "FINISHED"
    assert run.data.params["rate"] == "0.25"
    assert run.data.params["a_b"] == "c"
    assert len(run.data.params["long"]) == 6000
    assert run.data.metrics["eval/auc"] == 0.75
    assert run.data.metrics["eval_test/auc"] == 0.5
    assert "eval/loss" not in run.data.metrics
    assert run.data.tags["trainwright.model"] == "/out/model/1"
    steps = [one.step for one in client.get_metric_history(run.info.run_id, "train/loss")]
    assert sorted(steps)[0] == 1
    assert sorted(steps)[-1] == 200
    assert len(steps) < 10
    with pytest.raises(RuntimeError, match="broken"):
        train(True)
    failed = client.get_run(name[-1])
    assert failed.info.status == "FAILED"
    assert failed.data.tags["error"] == "RuntimeError: broken"
    assert failed.info.experiment_id == run.info.experiment_id
    with pytest.raises(InvalidArgumentError, match="cannot be written to"):
        announce_in("nonsense://me:s3cret@nowhere/x")


def announce_in(uri: str) -> None:
    with logged_to_mlflow(uri, "taxi", {}, {}):
        pass


def test_without_mlflow_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = builtins.__import__

    def without(name: str, *more: Any, **options: Any) -> Any:
        if name.startswith("mlflow"):
            raise ImportError(name)
        return usual(name, *more, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InvalidArgumentError, match=r"trainwright\[mlflow\]"):
        announce_in("sqlite:///x.db")


class Gone:
    """A server that has gone away."""

    def __init__(self) -> None:
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **options: Any) -> None:
            self.calls += 1
            raise ConnectionError("gone")

        return call


def test_a_server_that_goes_away_is_a_warning() -> None:
    warned: list[str] = []

    class Listener(MlflowLog):
        def on_warning(self, message: str) -> None:
            warned.append(message)

    gone = Gone()
    log = Listener(gone, "run")
    with observing(log):
        log.result({"model": "/x"}, {})
        log.end("FINISHED", {})
    assert gone.calls == 1
    assert len(warned) == 1
    assert "gone" in warned[0]
