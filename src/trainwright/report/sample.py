"""Statistics of some examples, where a run was given none."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

from tensorflow_metadata.proto.v0 import statistics_pb2

from trainwright.artifacts import Examples, split_dir
from trainwright.data.example_message import example_features
from trainwright.data.record_batches import decode_examples
from trainwright.data.running_statistics import RunningStatistics
from trainwright.data.tfrecord import read_records
from trainwright.data.validation.rows import record_files

__all__ = ["sample_statistics"]

_MOST_VALUES = 200_000
_FEWEST_ROWS = 100


def sample_statistics(examples: Examples, at_most: int) -> dict[str, Any]:
    """Statistics of the first examples of each file, as many of each.

    Of examples with many features fewer are read, 200,000 features in all but 100 examples or more,
    for it not to take long.

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
    files = record_files(folder)
    first = next(
        (record for file in files for record in itertools.islice(read_records(file), 1)), b""
    )
    wide = _MOST_VALUES // max(1, len(example_features(first)))
    each = -(-min(at_most, max(wide, _FEWEST_ROWS)) // max(1, len(files)))
    records = [record for file in files for record in itertools.islice(read_records(file), each)]
    statistics = statistics_pb2.DatasetFeatureStatisticsList()
    dataset = statistics.datasets.add(num_examples=len(records))
    rows = decode_examples(records)
    for name, column in zip(rows.schema.names, rows.columns, strict=True):
        running = RunningStatistics(name)
        running.add(column)
        dataset.features.append(running.result())
    return statistics
