"""Disks that are full or read-only, on file systems of their own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trainwright.artifacts import Examples, Model, ModelRun, Schema
from trainwright.data.example_proto import encode_examples
from trainwright.data.tfrecord import write_records
from trainwright.errors import ExportError, InvalidArgumentError, LineageError, TrainingError
from trainwright.events import RunObserver, announce, observing
from trainwright.executor import Executor
from trainwright.launcher import LaunchRequest, launch
from trainwright.lineage import LineageStore, list_runs

MODULE = Path(__file__).parents[1] / "user_modules" / "line.py"
SCHEMA = """
feature { name: "x" type: FLOAT presence { min_fraction: 1 } shape { dim { size: 1 } } }
feature { name: "y" type: FLOAT presence { min_fraction: 1 } shape { dim { size: 1 } } }
feature { name: "above" type: INT presence { min_fraction: 1 } shape { dim { size: 1 } } }
"""


class Disk:
    """A file system of a few megabytes."""

    def __init__(self, path: Path):
        self.path = path
        self._filler = path / "filler"

    def fill(self) -> None:
        with self._filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"\0" * 4096)
            except OSError:
                pass

    def free(self) -> None:
        self._filler.unlink(missing_ok=True)

    def read_only(self) -> None:
        subprocess.run(["mount", "-o", "remount,ro", str(self.path)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    path = tmp_path / "disk"
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(path)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a small file system")
    yield Disk(path)
    subprocess.run(["umount", "-l", str(path)], check=True)


def train(root: Path, out: Path, when: str, disk: Disk) -> None:
    """Trains on examples below the root, and fills the disk when something begins."""

    class Filling(RunObserver):
        def on_stage(self, name: str) -> None:
            if name == when:
                disk.fill()

        def on_checkpoint(self, path: str, step: int) -> None:
            if when == "checkpoint" and step:
                disk.fill()

    if not (root / "schema").exists():
        rng = np.random.default_rng(0)
        x, y = rng.random((2, 320), np.float32)
        columns = {"x": x, "y": y, "above": (x + y > 1).astype(np.int64)}
        for split in ("train", "eval"):
            write_records(root / "ex" / f"Split-{split}" / "data.gz", encode_examples(columns))
        (root / "schema").mkdir()
        (root / "schema" / "schema.pbtxt").write_text(SCHEMA)
    with observing(Filling()):
        Executor().Do(
            {"examples": [Examples(root / "ex")], "schema": [Schema(root / "schema")]},
            {"model": [Model(out / "model")], "model_run": [ModelRun(out / "run")]},
            {
                "train_args": {"num_steps": 150},
                "eval_args": {"num_steps": 2},
                "module_file": str(MODULE),
            },
        )


@pytest.mark.slow
def test_the_disk_is_full(tmp_path: Path, disk: Disk) -> None:
    out = disk.path / "out"
    stages = [
        ("checkpoint", TrainingError, "Training failed"),
        ("exporting the eval model", TrainingError, "Exporting the eval model failed"),
        ("publishing the model", ExportError, "The model could not be published"),
    ]
    for when, kind, message in stages:
        with pytest.raises(kind, match=message) as caught:
            train(tmp_path, out, when, disk)
        assert "No space left on device" in str(caught.value), when
        assert "Free some space" in str(caught.value), when
        # Nothing is half published.
        published = [path for path in (out / "model").rglob("*") if path.is_file()]
        assert published == [], when
        disk.free()
    # What was committed before is gone on from.
    train(tmp_path, out, "never", disk)
    assert (out / "model" / "Format-Serving" / "saved_model.pb").is_file()


def test_the_disk_is_read_only(tmp_path: Path, disk: Disk) -> None:
    disk.read_only()
    with pytest.raises(InvalidArgumentError, match="cannot be written to: Read-only file system"):
        train(tmp_path, disk.path / "out", "never", disk)


class Scripted:
    """Writes a model; what else it does stands in its class."""

    disk: Disk

    def __init__(self, context: Any = None):
        pass

    def Do(self, inputs: Any, outputs: Any, properties: Any) -> None:
        folder = Path(outputs["model"][0].uri) / "Format-Serving"
        folder.mkdir()
        (folder / "saved_model.pb").write_text("model")
        announce.on_train_end(3)
        if properties.get("fill"):
            self.disk.fill()


def test_the_lineage_cannot_be_written(tmp_path: Path, disk: Disk) -> None:
    """The model is there, though its disk is fine and only that of the database is full."""
    Scripted.disk = disk
    request = LaunchRequest(
        Scripted,
        {"examples": [Examples(tmp_path / "ex", split_names=["train"])]},
        {"fill": 1, "note": "x" * 100_000},
        tmp_path / "out",
        metadata=disk.path / "metadata.sqlite",
        cache=False,
    )
    with pytest.raises(LineageError, match=r"The model is complete, .* could not be recorded"):
        launch(request)
    (model,) = (tmp_path / "out" / "Trainer" / "model").glob("*/Format-Serving/saved_model.pb")
    assert model.read_text() == "model"
    disk.free()
    # The database is as it was: whole.
    (run,) = list_runs(LineageStore.open(disk.path / "metadata.sqlite", read_only=True))
    assert run.state.name == "RUNNING"


def test_the_database_cannot_be_made(tmp_path: Path, disk: Disk) -> None:
    disk.read_only()
    request = LaunchRequest(Scripted, {}, {}, tmp_path / "out", disk.path / "metadata.sqlite")
    with pytest.raises(LineageError, match="Read-only file system"):
        launch(request)
