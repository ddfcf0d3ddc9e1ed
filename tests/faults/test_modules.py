"""Module files that do what they should not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from trainwright.data.example_proto import encode_examples
from trainwright.data.tfrecord import write_records
from trainwright.lineage import LineageStore, list_runs

MODULE = """
import os, pathlib, sys, threading, time

def run_fn(fn_args):
    threading.Thread(target=time.sleep, args=(1000,), name="endless").start()
    for _ in range(2_000):
        print("flood " * 500)
        print("flood " * 50, file=sys.stderr)
    if os.fork() == 0:
        sys.exit(4)
    if os.fork() == 0:
        return  # and the copy would publish, and record, what its original does
    if os.fork() == 0:
        raise ValueError("in a copy")
    for _ in range(3):
        os.wait()
    folder = pathlib.Path(fn_args.serving_model_dir)
    folder.mkdir(parents=True)
    (folder / "saved_model.pb").write_text("model")
"""


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    for split in ("train", "eval"):
        path = tmp_path / "ex" / f"Split-{split}" / "data.gz"
        write_records(path, encode_examples({"x": [1]}))
    options = {"examples": "ex", "module-file": "module.py", "output": "out"}
    options |= {"train-steps": "1", "eval-steps": "1", "fn": "run_fn"}
    arguments = [text for name, value in options.items() for text in (f"--{name}", value)]
    return [sys.executable, "-m", "trainwright", "run", *arguments]


def test_threads_floods_and_forks(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "module.py").write_text(MODULE)
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("flood") >= 1_000_000
    assert "threads still running, which the module has started: endless" in done.stderr
    store = LineageStore.open(tmp_path / "out" / "metadata.sqlite", read_only=True)
    assert [run.state.name for run in list_runs(store)] == ["COMPLETE"]
    assert len(list((tmp_path / "out" / "Trainer" / "model").iterdir())) == 1


def test_an_exit_is_an_error(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "module.py").write_text("import sys\ndef run_fn(fn_args):\n    sys.exit(0)\n")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 6
    assert "Running run_fn ended with sys.exit(0)" in done.stderr
    assert "module.py:3" in done.stderr
