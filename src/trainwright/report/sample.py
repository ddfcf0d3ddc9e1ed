"""Statistics of some examples, where a run was given none."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from tensorflow_metadata.proto.v0 import statistics_pb2

from trainwright.artifacts import Examples, split_dir
from trainwright.data.running_statistics import RunningStatistics
from trainwright.data.tfrecord import read_records
from trainwright.errors import DataError
from trainwright.report.wire import fields, floats, messages, signed, text, varint

__all__ = ["decode_example", "sample_statistics"]

_TEXTS, _FLOATS, _INTEGERS = 1, 2, 3
_TYPES = {_TEXTS: pa.large_binary(), _FLOATS: pa.float32(), _INTEGERS: pa.int64()}


def sample_statistics(examples: Examples, at_most: int) -> dict[str, Any]:
    """Statistics of the first examples of each file, as many of each.

    Args:
        examples: TFRecord files of tf.train.Examples.
        at_most: examples of a split to read, about.

    Returns:
        Split name -> DatasetFeatureStatisticsList.

    Raises:
        ArtifactError: a split is not there.
        DataError: a file cannot be read, or its records are no Examples.
    """
    return {split: _of_split(split_dir(examples, split), at_most) for split in examples.splits}


def _of_split(folder: Path, at_most: int) -> Any:
    files = sorted(path for path in folder.iterdir() if path.is_file())
    each = -(-at_most // max(1, len(files)))
    rows = [
        decode_example(record)
        for path in files
        for record in itertools.islice(read_records(path), each)
    ]
    statistics = statistics_pb2.DatasetFeatureStatisticsList()
    dataset = statistics.datasets.add(num_examples=len(rows))
    for name in sorted({name for row in rows for name in row}):
        running = RunningStatistics(name)
        running.add(_column(name, [row.get(name) for row in rows]))
        dataset.features.append(running.result())
    return statistics


def _column(name: str, rows: list[tuple[int, list[Any]] | None]) -> pa.Array:
    kinds = {row[0] for row in rows if row is not None}
    if len(kinds) != 1:
        raise DataError(f"Feature {name!r} has values of different types.")
    values = [None if row is None else row[1] for row in rows]
    return pa.array(values, pa.large_list(_TYPES[kinds.pop()]))


def decode_example(record: bytes) -> dict[str, tuple[int, list[Any]]]:
    """A tf.train.Example (tensorflow/core/example/{example,feature}.proto) without TensorFlow.

    Returns:
        Feature name -> the field of its kind of list (1 bytes, 2 floats, 3 integers), the values.

    Raises:
        DataError: the record is none.

    Example:
        >>> from trainwright.data.example_proto import encode_examples
        >>> [decode_example(row) for row in encode_examples({"n": [7, -1]})]
        [{'n': (3, [7])}, {'n': (3, [-1])}]
    """
    found = {}
    for entry in messages(record, 1, 1):
        for feature in messages(entry, 2):
            for kind, values in fields(feature):
                if kind in _TYPES and isinstance(values, bytes):
                    found[text(entry, 1)] = (kind, list(_values(kind, values)))
    return found


def _values(kind: int, data: bytes) -> Iterator[Any]:
    """The values of a list; numbers are packed, or not."""
    for field, value in fields(data):
        if field != 1:
            continue
        if isinstance(value, int):
            yield signed(value)
        elif kind == _TEXTS:
            yield value
        elif kind == _FLOATS:
            yield from floats(value, "f")
        else:
            at = 0
            while at < len(value):
                number, at = varint(value, at)
                yield signed(number)
