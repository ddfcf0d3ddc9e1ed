from __future__ import annotations

import math

import numpy as np
import pytest

from trainwright.report.drift import jensen_shannon, l_infinity
from trainwright.report.histograms import Bucket, nearest_pair


def test_l_infinity_of_values_that_only_one_split_has() -> None:
    assert l_infinity({"a": 1}, {"b": 1}) == (1.0, "a")
    assert l_infinity({}, {"b": 1}) == (0.0, "")


def test_jensen_shannon_by_its_definition() -> None:
    p, q = np.array([0.1, 0.4, 0.5]), np.array([0.3, 0.3, 0.4])
    middle = (p + q) / 2
    wanted = (p * np.log2(p / middle)).sum() / 2 + (q * np.log2(q / middle)).sum() / 2
    assert jensen_shannon(list(p * 10), list(q * 70)) == pytest.approx(wanted)
    assert jensen_shannon([], []) == 0.0


def histogram(values: np.ndarray, count: int = 10) -> list[Bucket]:
    counts, edges = np.histogram(values, count)
    rows = zip(edges, edges[1:], counts, strict=False)
    return [Bucket(float(low), float(high), int(count)) for low, high, count in rows]


def test_other_bounds_are_no_drift() -> None:
    # Most values are one of a few; an outlier moves the bounds of all buckets.
    values = np.repeat([20.0, 55.0, 149.0, 189.0, 200.0], 1000)
    one, other = histogram(np.append(values, 400.0)), histogram(np.append(values, 450.0))
    assert jensen_shannon(*nearest_pair(one, other)) < 0.001


def test_a_shift_is_drift() -> None:
    random = np.random.default_rng(1)
    one, other = histogram(random.normal(0, 1, 5000)), histogram(random.normal(2, 1, 5000))
    assert jensen_shannon(*nearest_pair(one, other)) > 0.3


def test_mass_is_kept() -> None:
    one = [Bucket(0, 1, 3), Bucket(1, 3, 5), Bucket(3, 3, 2)]
    other = [Bucket(0.5, 2.5, 4), Bucket(2.5, 4.5, 4)]
    first, second = nearest_pair(one, other)
    assert math.isclose(sum(first), 10)
    assert math.isclose(sum(second), 8)


def test_equal_values_lie_in_a_bucket_of_no_width() -> None:
    same, apart = [Bucket(1, 1, 5)], [Bucket(2, 2, 5)]
    assert jensen_shannon(*nearest_pair(same, same)) == 0.0
    assert jensen_shannon(*nearest_pair(same, apart)) == 1.0
    assert nearest_pair([], same) == ([], [])
