from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from trainwright.contract.output_lock import locked_output
from trainwright.errors import InvalidArgumentError

HOLDER = """
import sys
from trainwright.contract.output_lock import locked_output
with locked_output(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_second_says_who_holds_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "run")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(InvalidArgumentError) as caught, locked_output(tmp_path / "run"):
            pass
        expected = f"Another run is writing to {tmp_path / 'run'}: process {holder.pid} on "
        assert caught.value.message.startswith(expected + f"{socket.gethostname()}, since 20")
        holder.kill()
    # The lock has gone with its process; the file that it left does no harm.
    assert list((tmp_path / "run").iterdir())
    with locked_output(tmp_path / "run"):
        known = json.loads((tmp_path / "run" / ".lock").read_text())
        assert known["pid"] == os.getpid()
    assert not list((tmp_path / "run").iterdir())


def test_once_more_in_this_process(tmp_path: Path) -> None:
    with locked_output(tmp_path):
        with pytest.raises(InvalidArgumentError, match=f"process {os.getpid()}"):
            locked_output(tmp_path).__enter__()
        assert (tmp_path / ".lock").exists()
    with locked_output(tmp_path):
        (tmp_path / ".lock").write_text("")
        with pytest.raises(InvalidArgumentError, match="only just begun"):
            locked_output(tmp_path).__enter__()


def test_tasks_of_a_cluster_share_a_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with locked_output(tmp_path):
        monkeypatch.setenv("TF_CONFIG", '{"task": {"type": "worker", "index": 1}}')
        with locked_output(tmp_path):
            assert {path.name for path in tmp_path.iterdir()} == {".lock", ".worker-1.lock"}
        monkeypatch.setenv("TF_CONFIG", "not JSON")
        with pytest.raises(InvalidArgumentError):
            locked_output(tmp_path).__enter__()


def test_nothing_to_lock() -> None:
    with locked_output(None):
        pass


def test_what_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(InvalidArgumentError, match="file/run cannot be written to: Not a dir"),
        locked_output(tmp_path / "file" / "run"),
    ):
        pass
