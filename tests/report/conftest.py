"""A complete run, made without TensorFlow: what a report is of."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from trainwright.data.example_proto import encode_examples
from trainwright.data.statistics import dataset_statistics, write_statistics
from trainwright.data.tfrecord import write_records
from trainwright.lineage import (
    ArtifactRecord,
    LineageStore,
    PropertyType,
    RunContexts,
    RunRecord,
    TypeSpec,
    get_run,
)

TRAINER = TypeSpec("tfx.components.trainer.component.Trainer", "mlmd.Train")
HOSTILE = "</script><img src=x onerror=window.hacked=1>\"'&{{7*7}}\x1b[31m\u202e"


def field(number: int, value: int | float | str | bytes) -> bytes:
    """One field of a protocol buffer; a float is one of 4 bytes."""
    if isinstance(value, float):
        return bytes([number << 3 | 5]) + struct.pack("<f", value)
    if isinstance(value, int):
        return bytes([number << 3]) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return bytes([number << 3 | 2]) + varint(len(data)) + data


def varint(value: int) -> bytes:
    groups = bytearray()
    while value > 0x7F:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*groups, value])


def event(step: int, values: Mapping[str, float]) -> bytes:
    """An Event with scalars."""
    summary = b"".join(
        field(1, field(1, tag) + field(2, float(value))) for tag, value in values.items()
    )
    return field(2, step) + field(5, summary)


def curve_event(step: int, tag: str, rows: Any) -> bytes:
    """An Event with a summary for TensorBoard's PR curves."""
    content = np.asarray(rows, "<f4").tobytes()
    tensor = field(1, 1) + field(4, content)
    metadata = field(1, field(1, "pr_curves"))
    return field(2, step) + field(
        5, field(1, field(1, tag) + field(8, tensor) + field(9, metadata))
    )


def write_events(path: Path, events: Iterable[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_records(path, events, "")


def counted(scores: Any, labels: Any, thresholds: int = 200) -> np.ndarray[Any, Any]:
    """The six rows of a curve, counted one score at a time."""
    edges = np.linspace(0, 1, thresholds)
    edges[0], edges[-1] = -1e-7, 1 + 1e-7
    above = scores[None, :] > edges[:, None]
    hits, alarms = (above & (labels == 1)).sum(1), (above & (labels == 0)).sum(1)
    misses, rejections = hits[0] - hits, alarms[0] - alarms
    with np.errstate(invalid="ignore"):
        precision = np.nan_to_num(hits / (hits + alarms))
    return np.stack([hits, alarms, rejections, misses, precision, hits / hits[0]])


class Runs:
    """Makes complete runs with all that a report tells of."""

    def __init__(self, root: Path):
        self.root = root
        self.store = LineageStore.open(root / "metadata.sqlite")
        self.data = root / "data"

    def examples(self, name: str = "fare") -> list[ArtifactRecord]:
        random = np.random.default_rng(7)
        columns = {}
        for split, shift in (("train", 0.0), ("eval", 40.0)):
            columns[split] = {
                name: random.normal(10 + shift, 3, 200),
                "company": random.choice(["Blue", "Red", name], 200).tolist(),
                "constant": np.ones(200, np.int64),
            }
            folder = self.data / "examples" / f"Split-{split}"
            folder.mkdir(parents=True, exist_ok=True)
            write_records(folder / "data-0.gz", encode_examples(columns[split]))
        statistics = {split: dataset_statistics(found) for split, found in columns.items()}
        write_statistics(statistics, self.data / "statistics")
        spec = TypeSpec("Examples", "mlmd.Dataset", {"split_names": PropertyType.STRING})
        splits = {"split_names": '["train", "eval"]'}
        return [ArtifactRecord(spec, str(self.data / "examples"), splits)]

    def complete(
        self, name: str = "taxi", *, feature: str = "fare", statistics: bool = True, **more: Any
    ) -> RunRecord:
        """Makes a run; ``more`` are properties."""
        inputs = {"examples": self.examples(feature)}
        if statistics:
            spec = TypeSpec("ExampleStatistics", "mlmd.Statistics")
            inputs["statistics"] = [ArtifactRecord(spec, str(self.data / "statistics"))]
        properties = {
            "train_args": '{"num_steps": 400, "splits": ["train"]}',
            "eval_args": '{"num_steps": 5, "splits": ["eval"]}',
            "module_file": f"/code/{name}/module.py",
            "executor": "trainwright.executor.Executor",
            "output_root": str(self.root),
        }
        id = self.store.begin_execution(
            TRAINER, RunContexts(name, "id", "Trainer"), inputs, properties
        )
        folder = self.root / "Trainer"
        self._write_training(folder / "model_run" / str(id), feature)
        self._write_model(folder / "model" / str(id), feature)
        outputs = {
            key: [ArtifactRecord(TypeSpec(kind), str(folder / key / str(id)))]
            for key, kind in (("model", "Model"), ("model_run", "ModelRun"))
        }
        ended = {
            **{"final_step": 400, "train_seconds": 12.5, "evaluate_seconds": 1.5},
            **{"examples_per_second": 4321.5, "metric/auc": 0.8 + id / 100, "metric/accuracy": 0.7},
            **{"metric/accuracy_baseline": 0.6, "stage_seconds": '{"loading module.py": 0.75}'},
            **{"version/python": "3.11.1", "process/host": name, **more},
        }
        self.store.complete_execution(id, outputs, ended)
        return get_run(self.store, id)

    def _write_training(self, folder: Path, feature: str) -> None:
        losses = [event(step, {"loss": 1 / step, feature: 0.5}) for step in range(1, 400, 100)]
        write_events(folder / "Format-Serving" / "events.out.tfevents.1.host", losses)
        random = np.random.default_rng(1)
        scores = random.random(3000)
        labels = (random.random(3000) < scores).astype(int)
        rows = counted(scores, labels)
        evaluations = [event(200, {"auc": 0.7, "loss": 0.5}), event(400, {"auc": 0.8, "loss": 0.4})]
        evaluations += [curve_event(400, "pr_curve", rows)]
        write_events(folder / "Format-Serving" / "eval" / "events.out.tfevents.2.host", evaluations)
        lines = [
            {"step": step, "loss": 1 / step, "examples_per_second": 1000 + step, "input_wait": 0.25}
            for step in range(10, 400, 10)
        ]
        (folder / "progress.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))

    def _write_model(self, folder: Path, feature: str) -> None:
        serving = folder / "Format-Serving"
        serving.mkdir(parents=True)
        tensor = field(2, 7) + field(3, field(2, field(1, 2**64 - 1)))
        signature = field(1, field(1, feature) + field(2, tensor)) + field(
            3, "tensorflow/serving/predict"
        )
        entry = field(1, "serving_default") + field(2, signature)
        (serving / "saved_model.pb").write_bytes(field(2, field(5, entry)))


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


@pytest.fixture
def hostile(runs: Runs) -> RunRecord:
    """A run with markup, quotes and control characters wherever there can be text."""
    return runs.complete(
        HOSTILE,
        feature=HOSTILE,
        warnings=json.dumps([HOSTILE]),
        custom_config=HOSTILE,
        **{f"metric/{HOSTILE}": 0.5, f"version/{HOSTILE}": HOSTILE},
    )


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    """What files are made of."""
    return SimpleNamespace(
        event=event, curve_event=curve_event, write_events=write_events, counted=counted
    )


@pytest.fixture(scope="session")
def hostile_text() -> str:
    return HOSTILE
