"""Statistics of columns, in the form TensorFlow Data Validation gives them.

The message is tensorflow_metadata's DatasetFeatureStatisticsList, with one dataset for each
split; an ExampleStatistics artifact keeps it serialized in ``Split-{name}/FeatureStats.pb``.
Counts of histograms are exact here, where TensorFlow Data Validation estimates them.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from google.protobuf.message import DecodeError
from tensorflow_metadata.proto.v0 import statistics_pb2

from trainwright.data.atomic import atomic_file
from trainwright.data.columns import as_array, is_float, is_integer, is_list, is_text
from trainwright.errors import ArtifactError, InvalidArgumentError

__all__ = [
    "STATISTICS_FILE",
    "column_statistics",
    "dataset_statistics",
    "describe_frequencies",
    "describe_numbers",
    "describe_presence",
    "num_examples",
    "read_statistics",
    "write_statistics",
]

STATISTICS_FILE = "FeatureStats.pb"

_BUCKETS = 10
_TOP_VALUES = 20
_RANKED_VALUES = 1000
_NOT_UTF8 = "__BYTES_VALUE__"


def dataset_statistics(
    columns: Mapping[str, Any], *, name: str = ""
) -> statistics_pb2.DatasetFeatureStatisticsList:
    """Statistics of one split.

    Args:
        columns: feature name -> array of shape `[rows]`, as for
            :func:`trainwright.data.example_proto.encode_examples`.
        name: of the dataset.

    Raises:
        InvalidArgumentError: columns of different lengths, or of a type no feature can have.

    Example:
        >>> statistics = dataset_statistics({"fare": [2.0, None, 4.0]})
        >>> statistics.datasets[0].num_examples
        3
        >>> statistics.datasets[0].features[0].num_stats.mean
        3.0
    """
    arrays = {key: as_array(key, values) for key, values in columns.items()}
    lengths = {len(array) for array in arrays.values()}
    if len(lengths) > 1:
        raise InvalidArgumentError(f"Columns must be of equal length. Got {sorted(lengths)}.")
    statistics = statistics_pb2.DatasetFeatureStatisticsList()
    dataset = statistics.datasets.add(name=name, num_examples=max(lengths, default=0))
    dataset.features.extend(column_statistics(key, array) for key, array in arrays.items())
    return statistics


def column_statistics(name: str, values: Any) -> statistics_pb2.FeatureNameStatistics:
    """Statistics of one feature.

    Args:
        name: of the feature.
        values: an array of shape `[rows]`; nulls are rows without the feature.
    """
    array = as_array(name, values)
    flat = array.flatten() if is_list(array.type) else array.drop_null()
    statistics = statistics_pb2.FeatureNameStatistics()
    statistics.path.step.append(name)
    if is_text(flat.type):
        statistics.type = statistics_pb2.FeatureNameStatistics.STRING
        _describe_strings(flat.cast(pa.large_binary()), statistics.string_stats)
        common = statistics.string_stats.common_stats
    elif is_integer(flat.type) or is_float(flat.type):
        kind = "FLOAT" if is_float(flat.type) else "INT"
        statistics.type = statistics_pb2.FeatureNameStatistics.Type.Value(kind)
        describe_numbers(_numbers(flat), statistics.num_stats)
        common = statistics.num_stats.common_stats
    else:
        raise InvalidArgumentError(f"Column {name!r} is of type {array.type}, without statistics.")
    describe_presence(len(array), _lengths(array), common)
    return statistics


def _numbers(flat: pa.Array) -> np.ndarray[Any, Any]:
    if pa.types.is_boolean(flat.type) or pa.types.is_null(flat.type):
        flat = flat.cast(pa.int8())
    return np.asarray(flat.to_numpy(zero_copy_only=False))


def _lengths(array: pa.Array) -> np.ndarray[Any, Any]:
    """How many values each row that has the feature has."""
    if is_list(array.type):
        lengths = pc.list_value_length(array.drop_null()).to_numpy(zero_copy_only=False)
        return np.asarray(lengths)
    return np.ones(len(array) - array.null_count, np.int64)


def describe_presence(rows: int, lengths: np.ndarray[Any, Any], common: Any) -> None:
    """Fills CommonStatistics: how many rows have the feature, with how many values each.

    Args:
        rows: how many there are.
        lengths: of those that have the feature, how many values each has.
        common: the CommonStatistics.
    """
    common.num_non_missing = len(lengths)
    common.num_missing = rows - len(lengths)
    if not len(lengths):
        return
    common.tot_num_values = int(lengths.sum())
    common.min_num_values = int(lengths.min())
    common.max_num_values = int(lengths.max())
    common.avg_num_values = float(lengths.mean())
    _add_quantiles(lengths, common.num_values_histogram)


def describe_numbers(values: np.ndarray[Any, Any], numeric: Any) -> None:
    """Fills NumericStatistics; values that are not a number are counted and left out."""
    known = values[~np.isnan(values)]
    equal_width, quantiles = numeric.histograms.add(), numeric.histograms.add()
    equal_width.num_nan = quantiles.num_nan = values.size - known.size
    quantiles.type = statistics_pb2.Histogram.QUANTILES
    if not known.size:
        return
    exact = known.astype(np.float64)
    with np.errstate(invalid="ignore"):  # infinities have no mean
        numeric.mean = float(exact.mean())
        numeric.std_dev = float(exact.std())
    numeric.num_zeros = int((known == 0).sum())
    numeric.min = float(known.min())
    numeric.max = float(known.max())
    numeric.median = float(np.quantile(exact, 0.5, method="higher"))
    _add_equal_width(exact, equal_width)
    _add_quantiles(exact, quantiles)


def _add_equal_width(values: np.ndarray[Any, Any], histogram: Any) -> None:
    """Ten buckets of equal width, or one where all values are equal; infinities apart."""
    histogram.type = statistics_pb2.Histogram.STANDARD
    finite = values[np.isfinite(values)]
    _add_bucket(histogram, -np.inf, -np.inf, int(np.isneginf(values).sum()))
    if finite.size and finite.min() == finite.max():
        _add_bucket(histogram, finite[0], finite[0], finite.size)
    elif finite.size:
        counts, edges = np.histogram(finite, _BUCKETS)
        for count, (low, high) in zip(counts, itertools.pairwise(edges), strict=True):
            histogram.buckets.add(low_value=low, high_value=high, sample_count=count)
    _add_bucket(histogram, np.inf, np.inf, int(np.isposinf(values).sum()))


def _add_bucket(histogram: Any, low: float, high: float, count: int) -> None:
    if count:
        histogram.buckets.add(low_value=low, high_value=high, sample_count=count)


def _add_quantiles(values: np.ndarray[Any, Any], histogram: Any) -> None:
    """Ten buckets with a tenth of the values each, between values that occur."""
    histogram.type = statistics_pb2.Histogram.QUANTILES
    edges = np.quantile(values, np.linspace(0, 1, _BUCKETS + 1), method="inverted_cdf")
    for low, high in itertools.pairwise(edges):
        histogram.buckets.add(low_value=low, high_value=high, sample_count=values.size / _BUCKETS)


def _describe_strings(values: pa.Array, strings: Any) -> None:
    """Fills StringStatistics; lengths are in bytes."""
    if not len(values):
        return
    strings.avg_length = float(pc.mean(pc.binary_length(values)).as_py())
    counted = pc.value_counts(values)
    pairs = zip(counted.field(0).to_pylist(), counted.field(1).to_pylist(), strict=True)
    strings.unique = len(counted)
    describe_frequencies(dict(pairs), strings)


def describe_frequencies(counts: Mapping[bytes, int], strings: Any) -> None:
    """Fills in what StringStatistics tell of single values.

    Args:
        counts: value -> how often it occurs.
        strings: the StringStatistics.
    """
    frequencies: dict[str, int] = {}
    for value, count in counts.items():
        label = _as_text(value)
        strings.invalid_utf8_count += count if label == _NOT_UTF8 else 0
        frequencies[label] = frequencies.get(label, 0) + count
    ranked = sorted(frequencies.items(), key=lambda item: (item[1], item[0]), reverse=True)
    for label, count in ranked[:_TOP_VALUES]:
        strings.top_values.add(value=label, frequency=count)
    for rank, (label, count) in enumerate(ranked[:_RANKED_VALUES]):
        strings.rank_histogram.buckets.add(
            low_rank=rank, high_rank=rank, label=label, sample_count=count
        )


def _as_text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return _NOT_UTF8


def write_statistics(
    splits: Mapping[str, statistics_pb2.DatasetFeatureStatisticsList], uri: str | Path
) -> None:
    """Writes an ExampleStatistics artifact.

    Args:
        splits: split name -> its statistics.
        uri: the artifact's directory, made if need be.
    """
    for name, statistics in splits.items():
        with atomic_file(Path(uri) / f"Split-{name}" / STATISTICS_FILE) as file:
            file.write(statistics.SerializeToString(deterministic=True))


def read_statistics(
    uri: str | Path,
) -> dict[str, statistics_pb2.DatasetFeatureStatisticsList]:
    """Reads an ExampleStatistics artifact.

    Args:
        uri: the artifact's directory.

    Returns:
        Split name -> its statistics.

    Raises:
        ArtifactError: there are none, or a file does not parse.
    """
    files = sorted(Path(uri).glob(f"Split-*/{STATISTICS_FILE}"))
    if not files:
        raise ArtifactError(
            f"There are no statistics at {uri}.",
            hint=f"Each split should have a Split-NAME/{STATISTICS_FILE}.",
        )
    return {file.parent.name.removeprefix("Split-"): _parse(file) for file in files}


def _parse(file: Path) -> statistics_pb2.DatasetFeatureStatisticsList:
    try:
        return statistics_pb2.DatasetFeatureStatisticsList.FromString(file.read_bytes())
    except (DecodeError, OSError) as error:
        raise ArtifactError(
            f"{file} is not a serialized DatasetFeatureStatisticsList: {error}."
        ) from error


def num_examples(uri: str | Path) -> dict[str, int]:
    """How many examples each split has, according to an ExampleStatistics artifact."""
    return {
        name: sum(dataset.num_examples for dataset in statistics.datasets)
        for name, statistics in read_statistics(uri).items()
    }
