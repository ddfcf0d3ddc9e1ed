"""Statistics of some examples, where a run was given none."""

from __future__ import annotations

import functools
import itertools
from pathlib import Path
from typing import Any

import pyarrow as pa
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError
from tensorflow_metadata.proto.v0 import statistics_pb2

from trainwright.artifacts import Examples, split_dir
from trainwright.data.running_statistics import RunningStatistics
from trainwright.data.tfrecord import read_records
from trainwright.errors import DataError

__all__ = ["decode_example", "sample_statistics"]

_TEXTS, _FLOATS, _INTEGERS = 1, 2, 3
_KINDS = {"bytes_list": _TEXTS, "float_list": _FLOATS, "int64_list": _INTEGERS}
_FIELD_TYPES = {
    _TEXTS: descriptor_pb2.FieldDescriptorProto.TYPE_BYTES,
    _FLOATS: descriptor_pb2.FieldDescriptorProto.TYPE_FLOAT,
    _INTEGERS: descriptor_pb2.FieldDescriptorProto.TYPE_INT64,
}
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
    try:
        features = _example_class().FromString(record).features.feature
    except DecodeError as error:
        raise DataError(
            f"A record of {len(record)} bytes is not a tf.train.Example: {error}."
        ) from error
    found = {}
    for name, feature in features.items():
        kind = feature.WhichOneof("kind")
        if kind is not None:
            found[name] = (_KINDS[kind], list(getattr(feature, kind).value))
    return found


@functools.cache
def _example_class() -> Any:
    """The message, in a pool of its own: TensorFlow may define it, too, in the common one."""
    file = descriptor_pb2.FileDescriptorProto(
        name="example.proto", package="report", syntax="proto3"
    )
    field = descriptor_pb2.FieldDescriptorProto

    def add(message: Any, name: str, number: int, kind: int, **more: Any) -> None:
        label = more.pop("label", field.LABEL_OPTIONAL)
        message.field.add(name=name, number=number, type=kind, label=label, **more)

    feature = file.message_type.add(name="Feature")
    feature.oneof_decl.add(name="kind")
    for name, kind in _KINDS.items():
        values = file.message_type.add(name=name)
        add(values, "value", 1, _FIELD_TYPES[kind], label=field.LABEL_REPEATED)
        add(feature, name, kind, field.TYPE_MESSAGE, type_name=f".report.{name}", oneof_index=0)
    features = file.message_type.add(name="Features")
    entry = features.nested_type.add(name="FeatureEntry")
    entry.options.map_entry = True
    add(entry, "key", 1, field.TYPE_STRING)
    add(entry, "value", 2, field.TYPE_MESSAGE, type_name=".report.Feature")
    of_entries = {"type_name": ".report.Features.FeatureEntry", "label": field.LABEL_REPEATED}
    add(features, "feature", 1, field.TYPE_MESSAGE, **of_entries)
    example = file.message_type.add(name="Example")
    add(example, "features", 1, field.TYPE_MESSAGE, type_name=".report.Features")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("report.Example"))
