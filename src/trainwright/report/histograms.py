"""Histograms of numbers, and what two of them with different bounds have in common."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Bucket", "nearest_pair", "standard_buckets"]

_ROUNDS = 12


class Bucket(NamedTuple):
    """How many values, or which share of them, lie between two bounds."""

    low: float
    high: float
    amount: float


def standard_buckets(numeric: Any) -> list[Bucket]:
    """The buckets of equal width in NumericStatistics, empty where there are none."""
    for histogram in numeric.histograms:
        if histogram.type == histogram.STANDARD:
            buckets = [
                Bucket(one.low_value, one.high_value, one.sample_count) for one in histogram.buckets
            ]
            return [one for one in buckets if math.isfinite(one.low) and math.isfinite(one.high)]
    return []


def nearest_pair(one: Sequence[Bucket], other: Sequence[Bucket]) -> tuple[list[float], list[float]]:
    """Two distributions that fit the histograms and are as near to each other as can be.

    Where bounds differ, it is unknown how a bucket's values lie between the bounds of the other
    histogram. To take them as spread evenly would find differences that are not there, wherever
    many values are equal. So each histogram is spread as the other allows, in turns, which
    converges to the pair of least divergence: I. Csiszar, G. Tusnady, "Information geometry and
    alternating minimization procedures", 1984. Equal bounds leave nothing to spread.

    Args:
        one: a histogram.
        other: another one.

    Returns:
        The counts of both between all bounds that there are; empty where a histogram is.

    Example:
        >>> nearest_pair([Bucket(0, 2, 4)], [Bucket(0, 1, 1), Bucket(1, 2, 3)])
        ([1.0, 3.0], [1.0, 3.0])
    """
    total, other_total = (sum(bucket.amount for bucket in histogram) for histogram in (one, other))
    if not total or not other_total:
        return [], []
    bounds = sorted({bound for bucket in (*one, *other) for bound in bucket[:2]})
    # A cell of their own for equal values: nothing lies between the bounds of such a bucket.
    equal = sorted({bucket.low for bucket in (*one, *other) if bucket.low == bucket.high})
    cells = sorted([*itertools.pairwise(bounds), *((low, low) for low in equal)])
    first, second = _Spread(one, cells), _Spread(other, cells)
    for _ in range(_ROUNDS):
        before = first.values
        first.follow(second.values)
        second.follow(first.values)
        if (np.abs(before - first.values) <= 1e-6 * before).all():
            break
    return first.values.tolist(), second.values.tolist()


class _Spread:
    """A histogram's counts, spread over cells."""

    def __init__(self, buckets: Sequence[Bucket], cells: Sequence[tuple[float, float]]):
        self._amounts = np.array([bucket.amount for bucket in buckets], float)
        owners = _owners(buckets, np.array(cells))
        self._cells = np.flatnonzero(owners >= 0)
        self._owners = owners[self._cells]
        self._own = self._amounts[self._owners]
        widths = np.array([high - low for low, high in cells])
        self.values = np.zeros(len(cells))
        self.follow(np.where(widths > 0, widths, 1e-9 * (widths.max() or 1.0)))

    def follow(self, weights: Any) -> None:
        """Spreads each bucket over its cells like these weights, where there are any."""
        owners, wanted = self._owners, weights[self._cells]
        totals = np.bincount(owners, wanted, len(self._amounts))[owners]
        if not totals.all():
            wanted = np.where(totals > 0, wanted, self.values[self._cells])
            totals = np.bincount(owners, wanted, len(self._amounts))[owners]
            wanted, totals = np.where(totals > 0, wanted, 0.0), np.where(totals > 0, totals, 1.0)
        values = np.zeros_like(self.values)
        values[self._cells] = self._own * wanted / totals
        self.values = values


def _owners(buckets: Sequence[Bucket], cells: Any) -> Any:
    """Which bucket each cell is part of, -1 for none; a bound is part of the bucket above it."""
    lows = np.array([bucket.low for bucket in buckets])
    highs = np.array([bucket.high for bucket in buckets])
    middles = (cells[:, 0] + cells[:, 1]) / 2
    places = np.searchsorted(lows, middles, side="right") - 1
    return np.where((places >= 0) & (middles <= highs[places]), places, -1)
