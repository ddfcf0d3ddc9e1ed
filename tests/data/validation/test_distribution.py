from __future__ import annotations

import numpy as np
import pytest

from trainwright.data.validation.distribution import (
    Distribution,
    distance,
    jensen_shannon,
    l_infinity,
)


def test_l_infinity_of_values_that_only_one_split_has() -> None:
    assert l_infinity({"a": 1}, {"b": 1}) == (1.0, "a")
    assert l_infinity({}, {"b": 1}) == (0.0, None)


def test_jensen_shannon_by_its_definition() -> None:
    p, q = np.array([0.1, 0.4, 0.5]), np.array([0.3, 0.3, 0.4])
    middle = (p + q) / 2
    wanted = (p * np.log2(p / middle)).sum() / 2 + (q * np.log2(q / middle)).sum() / 2
    assert jensen_shannon(list(p * 10), list(q * 70)) == pytest.approx(wanted)
    assert jensen_shannon([], []) == 0.0


def test_distances_of_values_as_they_come() -> None:
    one, other, texts = Distribution(), Distribution(), Distribution()
    one.add([1.0] * 50 + [2.0] * 50)
    other.add([1.0] * 100)
    texts.add([b"a"])

    assert distance(one, one) == 0.0
    assert distance(one, other) == pytest.approx(jensen_shannon([50, 50], [100, 0]))
    assert distance(one, texts) is None
