"""The distribution of a feature's values, and how far apart two are."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, TypeVar

__all__ = ["Distribution", "distance", "jensen_shannon", "l_infinity"]

T = TypeVar("T", bound=Hashable)

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
        return l_infinity(one.texts, other.texts)[0]
    if one.numbers and other.numbers:
        return _divergence(one.numbers, other.numbers)
    return None


def l_infinity(one: Mapping[T, float], other: Mapping[T, float]) -> tuple[float, T | None]:
    """The greatest difference of a value's relative frequencies, in [0, 1].

    Args:
        one: value -> how often it occurs.
        other: the same of the other values.

    Returns:
        The difference, and the value that has it; 0 and None where there are no values.

    Example:
        >>> l_infinity({"a": 3, "b": 1}, {"a": 1, "b": 1})
        (0.25, 'a')
    """
    total, other_total = sum(one.values()), sum(other.values())
    if not total or not other_total:
        return 0.0, None
    differences = {
        key: abs(one.get(key, 0) / total - other.get(key, 0) / other_total)
        for key in {**one, **other}
    }
    at = max(differences, key=lambda key: differences[key])
    return differences[at], at


def jensen_shannon(one: Sequence[float], other: Sequence[float]) -> float:
    """The Jensen-Shannon divergence of two histograms, with logarithms to base 2, in [0, 1].

    ``(KL(P, M) + KL(Q, M)) / 2`` with ``M = (P + Q) / 2`` and KL the Kullback-Leibler divergence:
    J. Lin, "Divergence measures based on the Shannon entropy", 1991.

    Args:
        one: counts between bounds.
        other: counts between the same bounds.

    Returns:
        0 where one of them is empty.

    Example:
        >>> jensen_shannon([1, 0], [0, 5]), jensen_shannon([1, 1], [4, 4])
        (1.0, 0.0)
    """
    total, other_total = sum(one), sum(other)
    if total <= 0 or other_total <= 0:
        return 0.0
    divergence = 0.0
    for first, second in zip(one, other, strict=True):
        p, q = first / total, second / other_total
        middle = (p + q) / 2
        divergence += sum(share * math.log2(share / middle) for share in (p, q) if share > 0) / 2
    return min(1.0, max(0.0, divergence))


def _divergence(one: Sequence[float], other: Sequence[float]) -> float:
    import numpy as np

    a, b = np.asarray(one, np.float64), np.asarray(other, np.float64)
    edges = np.unique(np.quantile(np.concatenate([a, b]), np.linspace(0, 1, _BINS + 1)[1:-1]))
    p, q = (
        np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1).tolist()
        for values in (a, b)
    )
    return jensen_shannon(p, q)
