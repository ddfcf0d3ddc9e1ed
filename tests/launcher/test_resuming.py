from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from trainwright.errors import InvalidArgumentError
from trainwright.events import announce
from trainwright.launcher import launch, resumable
from trainwright.launcher.workspace import Workspace, has_checkpoint, workspace_of
from trainwright.lineage import (
    ExecutionRecord,
    ExecutionState,
    LineageStore,
    RunContexts,
    get_run,
    list_runs,
)

KEPT = "Trainer/.working/1/model_run/Format-Serving/model.ckpt-40.index"


def half_done(error: BaseException):
    """The body of an executor that fails after a checkpoint."""

    def body(inputs, outputs, properties) -> None:
        announce.on_train_begin(0, 100, "somewhere")
        announce.on_steps(40, 0.5, 32)
        (model, run) = (Path(outputs[key][0].uri) for key in ("model", "model_run"))
        (model / "half").write_text("written")
        (run / "Format-Serving").mkdir()
        (run / "Format-Serving" / "model.ckpt-40.index").write_text("weights")
        raise error

    return staticmethod(body)


def fail(launching, scripted, error: BaseException | None = None, **kwargs) -> None:
    scripted.body = half_done(error or KeyboardInterrupt())
    with pytest.raises(type(error or KeyboardInterrupt())):
        launch(launching.cacheable(**kwargs))


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), SystemExit(1)])
def test_checkpoints_outlive_a_run(launching, scripted, error: BaseException) -> None:
    fail(launching, scripted, error)
    assert launching.files() == [KEPT]
    run = get_run(LineageStore.open(launching.metadata), 1).execution
    directory = launching.root / "Trainer" / ".working" / "1" / "model_run"
    assert run.properties["kept_checkpoints"] == str(directory)
    found = resumable(launching.cacheable())
    assert found is not None
    assert (found.execution_id, found.directory, found.step) == (1, directory, 40)


def test_only_the_same_run_may_go_on(launching, scripted, tmp_path: Path) -> None:
    assert resumable(launching.cacheable()) is None
    fail(launching, scripted)
    request = launching.cacheable()
    for other in (
        launching.cacheable(exec_properties={**request.exec_properties, "more": 1}),
        launching.cacheable(node="Other"),
        launching.cacheable(output_root=tmp_path / "other", metadata=launching.metadata),
    ):
        assert resumable(other) is None
    (tmp_path / "code" / "helper.py").write_text("RATE = 3\n")
    assert resumable(request) is None


def test_the_newest_counts_until_one_is_complete(launching, scripted, good_body) -> None:
    fail(launching, scripted)
    fail(launching, scripted, fresh=True)
    found = resumable(launching.cacheable())
    assert found is not None
    assert found.execution_id == 2
    shutil.rmtree(found.directory)
    found = resumable(launching.cacheable())
    assert found is not None
    assert found.execution_id == 1
    scripted.body = staticmethod(good_body)
    launch(launching.cacheable())
    assert resumable(launching.cacheable()) is None


KILLED = """
import os, signal, sys
from pathlib import Path
from trainwright.launcher import LaunchRequest, launch

class Killed:
    def __init__(self, context=None): ...
    def Do(self, inputs, outputs, properties):
        Path(outputs["model_run"][0].uri, "model.ckpt-7.index").write_text("weights")
        Path(outputs["model"][0].uri, "half").write_text("half")
        os.kill(os.getpid(), signal.SIGKILL)

launch(LaunchRequest(Killed, {}, {}, sys.argv[1]))
"""


def test_checkpoints_outlive_a_killed_run(launching, good_body) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(launching.root)], check=False)
    assert done.returncode == -signal.SIGKILL
    launch(launching.request(good_body))
    assert launching.files()[0] == "Trainer/.working/1/model_run/model.ckpt-7.index"
    assert not any("half" in name for name in launching.files())
    dead = list_runs(LineageStore.open(launching.metadata), state=ExecutionState.FAILED)[0]
    assert str(dead.properties["kept_checkpoints"]).endswith("/Trainer/.working/1/model_run")


def test_a_run_stopped_while_it_publishes_keeps_them(
    launching, scripted, good_body, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = Workspace.publish

    def publish_and_stop(self) -> None:
        publish(self)
        raise KeyboardInterrupt

    monkeypatch.setattr(Workspace, "publish", publish_and_stop)
    scripted.body = staticmethod(good_body)
    with pytest.raises(KeyboardInterrupt):
        launch(launching.cacheable())
    assert launching.files() == ["Trainer/.working/1/model_run/model.ckpt-3.index"]
    found = resumable(launching.cacheable())
    assert found is not None
    assert has_checkpoint(found.directory)


def test_what_is_a_checkpoint(tmp_path: Path) -> None:
    for name, answer in (
        ("a/model.ckpt-1.index", True),
        ("b/checkpoint", True),
        ("c/epoch.weights.h5", True),
        ("d/variables/variables.index", False),
        ("e/events.out.tfevents.1", False),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.touch()
        assert has_checkpoint(tmp_path / name[0]) is answer
    assert not has_checkpoint(tmp_path / "absent")


@pytest.mark.parametrize(
    ("root", "node"),
    [
        ("relative", "Trainer"),
        ("/out/../etc", "Trainer"),
        ("/out", "../x"),
        ("/out", ".working"),
        ("/out", ""),
        ("/out/link", "Trainer"),
        (3, "Trainer"),
    ],
)
def test_records_that_name_no_safe_place(tmp_path: Path, root, node: str) -> None:
    (tmp_path / "Trainer").symlink_to("/")
    place = str(tmp_path) if root == "/out/link" else root
    state, contexts = ExecutionState.FAILED, RunContexts("p", "r", node)
    record = ExecutionRecord(1, "n", "T", state, contexts, 0, 0, {"output_root": place})
    assert workspace_of(record) is None


def test_a_directory_of_another_database_is_no_runs_own(launching, scripted, good_body) -> None:
    launch(launching.cacheable())
    launching.metadata.unlink()
    with pytest.raises(InvalidArgumentError, match="is there already"):
        launch(launching.cacheable())
    run = get_run(LineageStore.open(launching.metadata), 1).execution
    assert "workspace" not in run.properties
    assert len(launching.files()) == 2
