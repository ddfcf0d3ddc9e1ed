"""Statistics of the first examples of a split, where nobody has computed those of all."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from tensorflow_metadata.proto.v0 import statistics_pb2

from trainwright.data.record_batches import arrow_schema, decode_examples
from trainwright.data.running_statistics import RunningStatistics
from trainwright.data.tfrecord import read_records

if TYPE_CHECKING:
    from tensorflow_metadata.proto.v0 import schema_pb2

__all__ = ["sampled_statistics"]

_BATCH = 1_000


def sampled_statistics(
    files: list[Path], schema: schema_pb2.Schema, at_most: int = 20_000
) -> statistics_pb2.DatasetFeatureStatisticsList:
    """Statistics of the schema's features in the first examples, as many from each file.

    It does not need TensorFlow.

    Args:
        files: TFRecord files of tf.train.Examples.
        schema: names the features, and the type of each.
        at_most: how many examples to read.

    Raises:
        DataError: a file cannot be read, or does not fit the schema.
    """
    columns = arrow_schema(schema)
    running = {name: RunningStatistics(name) for name in columns.names}
    rows = 0
    records = _records(files, at_most)
    while batch := list(islice(records, _BATCH)):
        rows += len(batch)
        decoded = decode_examples(batch, columns)
        for name in columns.names:
            running[name].add(decoded.column(name))
    result = statistics_pb2.DatasetFeatureStatisticsList()
    dataset = result.datasets.add(num_examples=rows)
    dataset.features.extend(statistics.result() for statistics in running.values())
    return result


def _records(files: list[Path], at_most: int) -> Iterator[bytes]:
    each = max(at_most // max(len(files), 1), 1)
    for file in files:
        yield from islice(read_records(file), each)
