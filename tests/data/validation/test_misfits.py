from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import tensorflow as tf

from trainwright.data.example_proto import encode_examples
from trainwright.data.examples import examples_dataset
from trainwright.data.readings import note_reading, noted_readings, noting_readings
from trainwright.data.tfrecord import write_records
from trainwright.errors import CorruptRecordError, DataError, UserCodeError
from trainwright.user_module.failures import explaining

ROWS = {
    "n": pa.array([[1], [2], [3]]),
    "f": pa.array([[1.0], None, [1.0, 2.0]]),
    "t": ["a", "b", "c"],
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_records(tmp_path / "data", encode_examples(ROWS), "")
    return tmp_path / "data"


CASES: list[tuple[dict[str, Any], str]] = [
    (
        {"n": tf.io.FixedLenFeature([], tf.float32)},
        "Record 0 of .* its feature `n` holds integers, and the feature spec says float32",
    ),
    (
        {"t": tf.io.VarLenFeature(tf.int64)},
        "Record 0 of .* its feature `t` holds texts, and the feature spec says int64",
    ),
    (
        {"f": tf.io.FixedLenFeature([1], tf.float32)},
        "Record 1 of .* it has no feature `f`, which the feature spec requires",
    ),
    (
        {"f": tf.io.FixedLenFeature([1], tf.float32, 0.0)},
        r"Record 2 of .* its feature `f` has 2 values, and the feature spec says 1 \(shape \[1\]\)",
    ),
    (
        {"x": tf.io.SparseFeature("n", "t", tf.float32, 5)},
        "Record 0 of .* its feature `t` holds texts",
    ),
    (
        {"x": tf.io.RaggedFeature(tf.string, value_key="n")},
        "Record 0 of .* its feature `n` holds integers",
    ),
    (
        {"x": tf.io.FixedLenSequenceFeature([], tf.string, allow_missing=True)},
        "",
    ),
]


@pytest.mark.parametrize(("spec", "message"), CASES)
def test_our_reader_names_what_does_not_fit(file: Path, spec: Any, message: str) -> None:
    def read() -> None:
        with explaining("Training", None, [str(file)]), noting_readings():
            for _ in examples_dataset(str(file), spec, 2, num_epochs=1, shuffle=False):
                pass

    if not message:
        read()
        return
    with pytest.raises(DataError, match=message) as caught:
        read()
    assert isinstance(caught.value.__cause__, tf.errors.InvalidArgumentError)


@pytest.mark.parametrize(("spec", "message"), [case for case in CASES if "x" not in case[0]])
def test_so_does_a_parse_of_the_modules_own(file: Path, spec: Any, message: str) -> None:
    dataset = tf.data.TFRecordDataset(str(file)).batch(3)
    with (
        pytest.raises(DataError, match=message),
        explaining("Training", None, [str(file)]),
    ):
        list(dataset.map(lambda rows: tf.io.parse_example(rows, spec)))


def test_a_record_that_is_no_example(tmp_path: Path) -> None:
    write_records(tmp_path / "data", [*encode_examples({"n": [1]}), b"garbage"], "")
    with (
        pytest.raises(DataError, match=r"Record 1 of .*: A record of 7 bytes is not a tf\.train"),
        explaining("Training", None, [str(tmp_path / "data")]),
    ):
        tf.io.parse_example([b"garbage"], {"n": tf.io.VarLenFeature(tf.int64)})


def test_other_errors_stay_what_they_are(file: Path) -> None:
    with (
        pytest.raises(UserCodeError, match="incompatible"),
        explaining("Training", None, [str(file)]),
    ):
        raise tf.errors.InvalidArgumentError(None, None, "incompatible shapes")
    # The data are not what failed.
    message = "Feature: n (data type: int64) is required but could not be found."
    with pytest.raises(UserCodeError), explaining("Training", None, [str(file)]):
        raise tf.errors.InvalidArgumentError(None, None, message)
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(CorruptRecordError), explaining("Training", None, [str(file)]):
        raise tf.errors.InvalidArgumentError(None, None, message)


def test_readings_are_kept_while_somebody_wants_them() -> None:
    note_reading(["a"], {})
    assert noted_readings() == []
    with noting_readings():
        for number in range(100):
            note_reading([str(number)], {})
            note_reading([str(number)], {})
        assert [one.files for one in noted_readings()] == [(str(n),) for n in range(36, 100)]
    assert noted_readings() == []
