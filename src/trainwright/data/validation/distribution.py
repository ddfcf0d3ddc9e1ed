"""The distribution of a feature's values, and how far apart two are."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

__all__ = ["Distribution", "distance"]

_MOST_DISTINCT = 10_000
_MOST_NUMBERS = 100_000
_BINS = 20


class Distribution:
    """Values of one feature: of texts how often each occurs, of numbers the first 100,000.

    Texts beyond the first 10,000 distinct ones count as one.
    """

    def __init__(self) -> None:
        self.texts: Counter[bytes | None] = Counter()
        self.numbers: list[float] = []

    def add(self, values: Sequence[Any]) -> None:
        """Takes the values of one row into account."""
        if not values:
            return
        if isinstance(values[0], bytes):
            for value in values:
                known = value in self.texts or len(self.texts) < _MOST_DISTINCT
                self.texts[value if known else None] += 1
        elif len(self.numbers) < _MOST_NUMBERS:
            self.numbers.extend(value for value in values if math.isfinite(value))


def distance(one: Distribution, other: Distribution) -> float | None:
    """How far apart two distributions are, from 0 (equal) to 1; None where one has no values.

    Of texts the greatest difference between the shares of a value (the L-infinity norm); of
    numbers the Jensen-Shannon divergence, to base 2, over twenty bins of about equal numbers of
    values of both.

    Example:
        >>> one, other = Distribution(), Distribution()
        >>> one.add([b"a", b"b"]), other.add([b"a", b"a"])
        (None, None)
        >>> distance(one, other)
        0.5
    """
    if one.texts and other.texts:
        totals = one.texts.total(), other.texts.total()
        both = one.texts.keys() | other.texts.keys()
        return max(abs(one.texts[t] / totals[0] - other.texts[t] / totals[1]) for t in both)
    if one.numbers and other.numbers:
        return _divergence(one.numbers, other.numbers)
    return None


def _divergence(one: Sequence[float], other: Sequence[float]) -> float:
    import numpy as np

    a, b = np.asarray(one, np.float64), np.asarray(other, np.float64)
    edges = np.unique(np.quantile(np.concatenate([a, b]), np.linspace(0, 1, _BINS + 1)[1:-1]))
    p, q = (
        np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1) / len(values)
        for values in (a, b)
    )
    middle = (p + q) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = [np.where(part > 0, part * np.log2(part / middle), 0).sum() for part in (p, q)]
    return float(max(sum(terms) / 2, 0.0))
