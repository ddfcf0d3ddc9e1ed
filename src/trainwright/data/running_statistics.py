"""Statistics of a column that comes block by block, in bounded memory.

Counts, means, deviations and bounds are exact. Up to 200,000 values, so are quantiles, histograms
and frequencies; beyond, the former come from a uniform sample of so many, and of text the rarest
values are forgotten from time to time, so that they may be counted too low.
"""

from __future__ import annotations

import hashlib
import math
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import statistics_pb2

from trainwright.data.columns import is_float, is_integer, is_list, is_text
from trainwright.data.statistics import describe_frequencies, describe_numbers, describe_presence
from trainwright.errors import InvalidArgumentError

__all__ = ["RunningStatistics"]

_SAMPLE = 200_000
_DISTINCT = 200_000
_SKETCH = 2_048


class RunningStatistics:
    """Statistics of one column.

    Args:
        name: of the feature.

    Example:
        >>> running = RunningStatistics("fare")
        >>> running.add(pa.array([2.0, None]))
        >>> running.add(pa.array([4.0]))
        >>> running.result().num_stats.mean
        3.0
    """

    def __init__(self, name: str):
        self._name = name
        self._rows = 0
        self._lengths = _Numbers()
        self._numbers = _Numbers()
        self._texts = _Texts()
        self._kind: str | None = None
        self._lists = False

    def add(self, values: pa.Array) -> None:
        """Takes the next rows into account.

        Args:
            values: `[rows]`, numbers, strings, bytes or lists of one of them; null is a row
                without the feature.

        Raises:
            InvalidArgumentError: values of a type that no feature has.
        """
        self._rows += len(values)
        self._lists = self._lists or is_list(values.type)
        present = values.drop_null()
        if pa.types.is_null(values.type) or not len(present):
            self._kind = self._kind or _kind(values.type)
            return
        flat = present
        if is_list(values.type):
            self._lengths.add(pc.list_value_length(present).to_numpy(zero_copy_only=False))
            flat = present.flatten()
        else:
            self._lengths.add(np.ones(len(present), np.int64))
        self._kind = _kind(flat.type)
        if self._kind is None:
            raise InvalidArgumentError(
                f"Column {self._name!r} is of type {values.type}, without statistics."
            )
        if self._kind == "STRING":
            self._texts.add(flat.cast(pa.large_binary()))
        else:
            numbers = flat.cast(pa.int8()) if pa.types.is_boolean(flat.type) else flat
            self._numbers.add(np.asarray(numbers.to_numpy(zero_copy_only=False)))

    def result(self) -> statistics_pb2.FeatureNameStatistics:
        """The statistics of all rows so far."""
        statistics = statistics_pb2.FeatureNameStatistics()
        statistics.path.step.append(self._name)
        kind = self._kind or "INT"
        statistics.type = statistics_pb2.FeatureNameStatistics.Type.Value(kind)
        if kind == "STRING":
            self._texts.describe(statistics.string_stats)
            common = statistics.string_stats.common_stats
        else:
            self._numbers.describe(statistics.num_stats)
            common = statistics.num_stats.common_stats
        describe_presence(self._rows, self._lengths.sample(), common)
        common.num_non_missing = self._lengths.count
        common.num_missing = self._rows - self._lengths.count
        if self._lengths.count:
            common.tot_num_values = round(self._lengths.mean * self._lengths.count)
            common.avg_num_values = self._lengths.mean
            common.min_num_values = int(self._lengths.low)
            common.max_num_values = int(self._lengths.high)
        _scale(common.num_values_histogram, self._lengths.factor)
        return statistics

    @property
    def lists(self) -> bool:
        """Whether rows hold any number of values."""
        return self._lists

    @property
    def missing(self) -> int:
        """Rows without the feature so far."""
        return self._rows - self._lengths.count

    @property
    def integer_bounds(self) -> tuple[int, int] | None:
        """The least and greatest value of integers, None where there are none."""
        if self._kind != "INT" or not self._numbers.count:
            return None
        return int(self._numbers.low), int(self._numbers.high)

    def distinct_texts(self, at_most: int) -> list[bytes] | None:
        """The distinct values of text, None where they are more than asked for."""
        return self._texts.distinct(at_most)


def _kind(type_: pa.DataType) -> str | None:
    if is_list(type_):
        return _kind(type_.value_type)
    if is_text(type_):
        return "STRING"
    if is_float(type_):
        return "FLOAT"
    return "INT" if is_integer(type_) and not pa.types.is_null(type_) else None


class _Numbers:
    """Moments and bounds of numbers, and a uniform sample of them."""

    def __init__(self) -> None:
        self.count = 0
        self.low = math.inf
        self.high = -math.inf
        self.mean = 0.0
        self._squares = 0.0
        self._zeros = 0
        self._nans = 0
        self._kept: list[np.ndarray[Any, Any]] = []
        self._sampled = 0
        # Seeded: equal data have equal statistics.
        self._random = np.random.default_rng(0)

    def add(self, values: np.ndarray[Any, Any]) -> None:
        """Takes values into account; those that are not a number are counted apart."""
        is_nan = np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), bool)
        self._nans += int(is_nan.sum())
        self.count += len(values)
        known = values[~is_nan]
        if not known.size:
            return
        self._zeros += int((known == 0).sum())
        self.low = min(self.low, known.min().item())
        self.high = max(self.high, known.max().item())
        self._merge_moments(known.astype(np.float64))
        self._sample_from(known)

    def _merge_moments(self, values: np.ndarray[Any, Any]) -> None:
        """Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm" (1979)."""
        before = self.count - self._nans - values.size
        with np.errstate(invalid="ignore"):  # infinities have no mean
            mean = float(values.mean())
            squares = float(((values - mean) ** 2).sum())
            step = mean - self.mean
        total = before + values.size
        self.mean += step * values.size / total
        self._squares += squares + step * step * before * values.size / total

    def _sample_from(self, values: np.ndarray[Any, Any]) -> None:
        """Keeps all values while they are few, and then each with the same probability."""
        room = max(_SAMPLE - self._sampled, 0)
        if room:
            self._kept.append(values[:room])
        self._sampled += values.size
        late = values[room:]
        if not late.size:
            return
        sample = self.sample()
        # Algorithm R (Vitter, 1985): value number n replaces one of the sample by chance S / n.
        numbers = np.arange(self._sampled - late.size, self._sampled) + 1
        places = (self._random.random(late.size) * numbers).astype(np.int64)
        chosen = places < _SAMPLE
        sample[places[chosen]] = late[chosen]
        self._kept = [sample]

    def sample(self) -> np.ndarray[Any, Any]:
        """The sample."""
        if len(self._kept) != 1:
            joined = np.concatenate(self._kept) if self._kept else np.zeros(0, np.int64)
            self._kept = [joined]
        elif not self._kept[0].flags.writeable:
            self._kept = [self._kept[0].copy()]
        return self._kept[0]

    @property
    def factor(self) -> float:
        """How many values each one of the sample stands for."""
        return max(self._sampled / max(self.sample().size, 1), 1.0)

    def describe(self, numeric: Any) -> None:
        """Fills NumericStatistics."""
        describe_numbers(self.sample(), numeric)
        for histogram in numeric.histograms:
            histogram.num_nan = self._nans
            _scale(histogram, self.factor)
        if self._sampled:
            numeric.mean = self.mean
            numeric.std_dev = math.sqrt(self._squares / self._sampled)
            numeric.num_zeros = self._zeros
            numeric.min, numeric.max = float(self.low), float(self.high)


class _Texts:
    """How often each text occurs, as long as they are not too many."""

    def __init__(self) -> None:
        self._counts: dict[bytes, int] = {}
        self._bytes = 0
        self._total = 0
        self._forgotten = False
        self._sketch: set[int] = set()

    def add(self, values: pa.Array) -> None:
        """Takes values, large binaries, into account."""
        self._bytes += int(pc.sum(pc.binary_length(values)).as_py() or 0)
        self._total += len(values)
        counted = pc.value_counts(values)
        for value, count in zip(
            counted.field(0).to_pylist(), counted.field(1).to_pylist(), strict=True
        ):
            self._counts[value] = self._counts.get(value, 0) + count
        if self._forgotten:
            self._sketch_all(counted.field(0).to_pylist())
        if len(self._counts) > _DISTINCT:
            self._forget()

    def _forget(self) -> None:
        """Drops the rarest values, until half of the room is free."""
        if not self._forgotten:
            self._forgotten = True
            self._sketch_all(list(self._counts))
        ranked = sorted(self._counts.items(), key=lambda item: -item[1])
        self._counts = dict(ranked[: _DISTINCT // 2])

    def _sketch_all(self, values: list[bytes]) -> None:
        """Keeps the least hashes, from which the number of distinct values is estimated.

        K minimum values: Bar-Yossef et al., "Counting distinct elements in a data stream" (2002).
        """
        hashes = {
            int.from_bytes(hashlib.blake2b(value, digest_size=8).digest(), "big")
            for value in values
        }
        self._sketch = set(sorted(self._sketch | hashes)[:_SKETCH])

    def distinct(self, at_most: int) -> list[bytes] | None:
        if self._forgotten or len(self._counts) > at_most:
            return None
        return list(self._counts)

    def describe(self, strings: Any) -> None:
        """Fills StringStatistics."""
        if not self._total:
            return
        strings.avg_length = self._bytes / self._total
        strings.unique = len(self._counts)
        if self._forgotten:
            strings.unique = max(
                len(self._counts), round((_SKETCH - 1) / (max(self._sketch) / 2**64))
            )
        describe_frequencies(self._counts, strings)


def _scale(histogram: Any, factor: float) -> None:
    """Makes counts in a sample counts of what it stands for."""
    if factor != 1:
        for bucket in histogram.buckets:
            bucket.sample_count *= factor
