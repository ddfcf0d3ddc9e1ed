from __future__ import annotations

import numpy as np
import pytest

from trainwright.report.quality import measure


@pytest.fixture(scope="module")
def scored() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    scores = random.random(20000)
    return scores, (random.random(20000) < scores**2).astype(int)


def test_curves_are_those_of_the_scores(make, scored) -> None:
    scores, labels = scored
    quality = measure(make.counted(scores, labels).ravel().tolist())
    assert (quality.positives, quality.negatives) == (labels.sum(), (1 - labels).sum())
    at = 120
    above = scores > quality.thresholds[at]
    assert quality.recall[at] == pytest.approx(above[labels == 1].mean())
    assert quality.fall_out[at] == pytest.approx(above[labels == 0].mean())
    assert quality.precision[at] == pytest.approx(labels[above].mean())
    assert quality.precision[-1] is None


def test_calibration_is_that_of_the_scores(make, scored) -> None:
    scores, labels = scored
    quality = measure(make.counted(scores, labels).ravel().tolist())
    assert len(quality.bins) == 10
    assert sum(one.count for one in quality.bins) == len(scores)
    for one in quality.bins:
        within = (scores > one.low) & (scores <= one.high)
        assert one.count == within.sum()
        assert one.rate == pytest.approx(labels[within].mean())
        assert one.score == pytest.approx(scores[within].mean(), abs=1 / 398)
    apart = [abs(one.rate - one.score) * one.count for one in quality.bins]
    assert quality.calibration_error == pytest.approx(sum(apart) / len(scores))


@pytest.mark.parametrize("rows", [[], [1.0] * 5, [0.0] * 18, [float("nan")] * 18])
def test_counts_that_tell_nothing(rows: list[float]) -> None:
    assert measure(rows) is None


def test_one_class_alone_has_no_curves(make) -> None:
    assert measure(make.counted(np.array([0.2, 0.7]), np.array([1, 1])).ravel().tolist()) is None
