"""How far two splits are apart, feature by feature, as TensorFlow Data Validation measures it.

https://www.tensorflow.org/tfx/data_validation/get_started#checking_data_skew_and_drift: the
L-infinity distance for categories, the Jensen-Shannon divergence for numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

__all__ = ["jensen_shannon", "l_infinity"]


def l_infinity(one: Mapping[str, float], other: Mapping[str, float]) -> tuple[float, str]:
    """The greatest difference of a value's relative frequencies, in [0, 1].

    Args:
        one: value -> how often it occurs.
        other: the same of the other split.

    Returns:
        The difference, and the value that has it; 0 where a split has no values.

    Example:
        >>> l_infinity({"a": 3, "b": 1}, {"a": 1, "b": 1})
        (0.25, 'a')
    """
    total, other_total = sum(one.values()), sum(other.values())
    if not total or not other_total:
        return 0.0, ""
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
