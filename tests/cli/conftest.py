from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from trainwright.cli.main import main
from trainwright.lineage import (
    ArtifactRecord,
    LineageStore,
    PropertyType,
    RunContexts,
    TypeSpec,
)
from trainwright.lineage.caching import record_cached
from trainwright.lineage.graph import find_artifact

TRAINER = TypeSpec("tfx.components.trainer.component.Trainer", "mlmd.Train")
EXAMPLES = TypeSpec("Examples", "mlmd.Dataset", {"split_names": PropertyType.STRING})
MODEL = TypeSpec("Model", "mlmd.Model")


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Invoke = Callable[..., Ended]


@pytest.fixture
def invoke(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Runs the command line in this process."""
    monkeypatch.delenv("TRAINWRIGHT_METADATA", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)

    def run(*arguments: object) -> Ended:
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return run


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Runs the command line on a terminal of 80 columns, and returns what is on it."""

    def run(*arguments: object, columns: int = 80) -> str:
        ours, theirs = pty.openpty()
        environment = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm-256color"}
        environment.pop("NO_COLOR", None)
        command = [sys.executable, "-m", "trainwright", *map(str, arguments)]
        with subprocess.Popen(command, stdout=theirs, stderr=theirs, env=environment):
            os.close(theirs)
            shown = b"".join(iter(lambda: _read(ours), b""))
        os.close(ours)
        return shown.decode().replace("\r\n", "\n")

    return run


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:  # Linux says so when the other end is closed
        return b""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Four runs: complete, failed, warm-started and complete in another pipeline, running."""
    path = tmp_path / "out" / "metadata.sqlite"
    store = LineageStore.open(path)
    examples = ArtifactRecord(EXAMPLES, "/data/examples", {"split_names": '["train"]'})
    properties = {"train_args": '{\n  "num_steps": 1000\n}', "module_file": "module.py"}

    def begin(number: int, pipeline: str = "taxi", **more: ArtifactRecord) -> int:
        inputs = {"examples": [examples]} | {key: [item] for key, item in more.items()}
        contexts = RunContexts(pipeline, f"run-{number}", "Trainer")
        return store.begin_execution(TRAINER, contexts, inputs, properties)

    def complete(run: int, **metrics: float) -> ArtifactRecord:
        model = ArtifactRecord(MODEL, f"/out/Trainer/model/{run}")
        found = {f"metric/{name}": value for name, value in metrics.items()}
        ended = {"final_step": 12000, "train_seconds": 75.0, "examples_per_second": 4321.5}
        stages = {"stage_seconds": '{"loading module.py": 0.25, "training": 75.0}'}
        store.complete_execution(run, {"model": [model]}, {**ended, **stages, **found})
        return model

    base = complete(begin(1), auc=0.7621, accuracy=0.8, loss=float("nan"), accuracy_baseline=0.7)
    error = {
        "error_type": "SplitError",
        "error_message": "No split 'trian' \x1b[31m[bold]here[/bold].",
        "error_hint": "Its splits: train.",
        "error_traceback": "Traceback (most recent call last):\n  in f\nSplitError\n",
    }
    store.fail_execution(begin(2), error)
    complete(begin(3, "penguin", base_model=base), auc=0.5)
    begin(4)
    return path


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """Two complete runs that differ in a property, a metric, a file of code; and a cached one."""
    path = tmp_path / "pair" / "metadata.sqlite"
    store = LineageStore.open(path)
    for number, (rate, auc) in enumerate(((0.1, 0.7), (0.25, 0.8)), start=1):
        identity = {
            "input": {"examples": "2 files, 10 bytes, sha256 " + "ab" * 32},
            "code": {"model.py": f"{number}" * 64, "\x1b[31mhelper.py": "0" * 64},
            "version": {"tensorflow": "2.21.0"},
        }
        properties = {
            "custom_config": f'{{"rate": {rate}, "name": "[bold]x"}}',
            "cache/identity": json.dumps(identity),
            "cache/why": f"since run {number - 1}: rate: 0.1 -> 0.25",
            "version/tensorflow": "2.21.0",
            "git/commit": "c" * 40,
            "git/dirty": 0,
        }
        examples = ArtifactRecord(EXAMPLES, "/data/examples", {"split_names": '["train"]'})
        run = store.begin_execution(
            TRAINER,
            RunContexts("taxi", f"run-{number}", "Trainer"),
            {"examples": [examples]},
            properties,
        )
        model = ArtifactRecord(MODEL, f"/out/Trainer/model/{run}")
        store.complete_execution(run, {"model": [model]}, {"metric/auc": auc, "final_step": 10})
    outputs = {"model": [find_artifact(store, ["/out/Trainer/model/2"])]}
    contexts = RunContexts("taxi", "run-3", "Trainer")
    more = {"cache/source": 2, "cache/why": "same inputs, properties, code and versions as run 2"}
    record_cached(store, TRAINER, contexts, "key", {"examples": [examples]}, outputs, more)
    return path
