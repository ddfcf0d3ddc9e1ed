from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trainwright.compat.faster_input import faster_input
from trainwright.data.example_proto import encode_examples
from trainwright.data.input_settings import InputSettings, using_input
from trainwright.data.tfrecord import write_records
from trainwright.events import RunObserver, observing

tf = pytest.importorskip("tensorflow")

SPEC = {"n": tf.io.FixedLenFeature([], tf.int64)}


class Notes(RunObserver):
    def __init__(self) -> None:
        self.told: list[str] = []

    def on_note(self, message: str) -> None:
        self.told.append(message)


def read(path: Path, **arguments: Any) -> list[int]:
    dataset = tf.data.experimental.make_batched_features_dataset(
        str(path), 4, SPEC, num_epochs=1, **arguments
    )
    return [int(n) for batch in dataset for n in batch["n"].numpy()]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_records(tmp_path / "data", encode_examples({"n": np.arange(10)}), "")
    return tmp_path / "data"


def test_the_function_is_replaced_while_the_block_runs(file: Path) -> None:
    before = tf.data.experimental.make_batched_features_dataset
    notes = Notes()

    with observing(notes), faster_input():
        assert tf.data.experimental.make_batched_features_dataset is not before
        assert read(file, shuffle=False) == list(range(10))
        assert sorted(read(file)) == list(range(10))

    assert tf.data.experimental.make_batched_features_dataset is before
    assert len(notes.told) == 1
    assert "--plain-input" in notes.told[0]


def test_what_would_differ_is_tensorflows(file: Path) -> None:
    plain = read(file, shuffle_seed=5)
    notes = Notes()

    with observing(notes), faster_input():
        assert read(file, shuffle_seed=5) == plain
        with pytest.raises(TypeError, match="batch_sizes"):
            tf.data.experimental.make_batched_features_dataset(str(file), batch_sizes=4)

    assert notes.told == []


def test_plain_input_replaces_nothing() -> None:
    before = tf.data.experimental.make_batched_features_dataset

    with using_input(InputSettings(plain=True)), faster_input():
        assert tf.data.experimental.make_batched_features_dataset is before
