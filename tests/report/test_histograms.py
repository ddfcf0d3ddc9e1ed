from __future__ import annotations

import math

import numpy as np

from trainwright.data.validation.distribution import jensen_shannon
from trainwright.report.histograms import Bucket, nearest_pair


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
