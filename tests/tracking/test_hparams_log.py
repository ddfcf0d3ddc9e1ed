"""What TensorBoard's HParams dashboard makes of the files."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trainwright.events import announce
from trainwright.report.curves import read_recordings
from trainwright.tracking.hparams_log import HParamsLog, told_to_tensorboard

PARAMETERS = {"custom_config": {"rate": 0.25, "units": 64, "wide": True, "name": "é"}}


def session(folder: Path, *, fail: bool = False) -> None:
    with told_to_tensorboard({**PARAMETERS, "train_args": {"num_steps": 5}}, None):
        announce.on_train_begin(0, 5, str(folder))
        announce.on_train_begin(5, 9, str(folder))
        if fail:
            raise RuntimeError("failed")


def test_two_files_around_those_of_training(tmp_path: Path) -> None:
    training = tmp_path / f"events.out.tfevents.{int(time.time())}.host"
    training.touch()
    session(tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) == 3
    assert names[1] == training.name, "TensorBoard reads files in the order of their names"


def test_they_are_no_curves(tmp_path: Path) -> None:
    session(tmp_path)
    assert read_recordings(tmp_path).curves == []


def test_without_training_there_is_nothing_to_tell(tmp_path: Path) -> None:
    with told_to_tensorboard(PARAMETERS, None):
        announce.on_stage("loading")
    assert not list(tmp_path.iterdir())


def test_a_directory_that_cannot_be_written_does_not_stop_a_run(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    log = HParamsLog({}, 1.0)
    log.on_train_begin(0, None, str(tmp_path / "file"))
    assert log.problem is not None
    log.end(True)


@pytest.mark.slow
def test_tensorboard_shows_them(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    session(tmp_path / "one" / "Format-Serving")
    with pytest.raises(RuntimeError, match="failed"):
        session(tmp_path / "two" / "Format-Serving", fail=True)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(tmp_path)]
    command += ["--port", str(port), "--load_fast=false", "--reload_interval", "1"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            address = f"http://127.0.0.1:{port}/data/plugin/hparams/"
            found = waited(lambda: asked(address + "experiment", {}), process)
            names = {info["name"] for info in found["hparamInfos"]}
            assert names == {"train_steps", "rate", "units", "wide", "name"}
            wanted = {"startIndex": 0, "sliceSize": 10, "allowedStatuses": ["STATUS_SUCCESS"]}
            groups = asked(address + "session_groups", wanted)["sessionGroups"]
            assert len(groups) == 1
            assert groups[0]["hparams"] == {
                "train_steps": 5,
                "rate": 0.25,
                "units": 64,
                "wide": True,
                "name": "é",
            }
        finally:
            process.terminate()


def asked(address: str, body: dict[str, Any]) -> Any:
    request = urllib.request.Request(
        address, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=30) as answer:
        return json.loads(answer.read())


def waited(ask: Callable[[], Any], process: subprocess.Popen[bytes]) -> Any:
    """The first answer that tells of hyperparameters: the server reads files in the background."""
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            found = ask()
        except OSError:  # not listening yet
            found = {}
        if found.get("hparamInfos"):
            return found
        time.sleep(0.2)
    raise AssertionError("TensorBoard did not show any hyperparameters")
