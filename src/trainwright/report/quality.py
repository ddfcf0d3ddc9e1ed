"""How good the scores of a binary classifier are: ROC, precision and recall, calibration.

All of it comes from the counts at each threshold of the final evaluation, which are those that
its metric ``auc`` was computed from: all examples of it, with their weights, and no model is run
again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Bin", "Quality", "measure"]

_ROWS = 6
_BINS = 10


@dataclass(frozen=True)
class Bin:
    """Examples of similar scores.

    Attributes:
        low: their scores are above this,
        high: and at most this.
        count: how many they are, or the sum of their weights.
        score: their mean score, to the width of a threshold's step.
        rate: how many of them are positive.
    """

    low: float
    high: float
    count: float
    score: float
    rate: float


@dataclass(frozen=True)
class Quality:
    """What the counts tell.

    Attributes:
        positives: how many examples are of the positive class, or the sum of their weights.
        negatives: the others.
        thresholds: from 0 to 1.
        recall: true positives among all positives, at each threshold.
        fall_out: false positives among all negatives.
        precision: true positives among those predicted so; None where nothing is.
        bins: for the calibration plot; those without examples are left out.
        calibration_error: mean distance of score and rate, weighted by the bins' counts.
    """

    positives: float
    negatives: float
    thresholds: list[float]
    recall: list[float]
    fall_out: list[float]
    precision: list[float | None]
    bins: list[Bin]
    calibration_error: float


def measure(counts: Sequence[float]) -> Quality | None:
    """Curves and calibration from counts.

    The calibration error is the expected calibration error with ten bins of equal width: M. P.
    Naeini, G. F. Cooper, M. Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian
    Binning", 2015.

    Args:
        counts: `[6 * thresholds]`: true positives, false positives, true negatives, false
            negatives, precision, recall, each at thresholds from 0 to 1 at equal distances.

    Returns:
        None where a class has no examples, or the counts are none.

    Example:
        >>> found = measure([1, 1, 0, 2, 1, 0, 0, 1, 2, 0, 0, 1, 0, 0, 0, 0, 0, 0])
        >>> found.recall, found.fall_out
        ([1.0, 1.0, 0.0], [1.0, 0.5, 0.0])
    """
    if len(counts) % _ROWS or len(counts) < 3 * _ROWS:
        return None
    hits, alarms = np.asarray(counts, float).reshape(_ROWS, -1)[:2]
    if not np.isfinite(hits + alarms).all() or hits[0] <= 0 or alarms[0] <= 0:
        return None
    predicted = hits + alarms
    precision = [float(h / p) if p > 0 else None for h, p in zip(hits, predicted, strict=True)]
    thresholds = np.linspace(0, 1, len(hits))
    bins = _bins(hits, alarms)
    total = sum(one.count for one in bins)
    return Quality(
        positives=float(hits[0]),
        negatives=float(alarms[0]),
        thresholds=thresholds.tolist(),
        recall=(hits / hits[0]).tolist(),
        fall_out=(alarms / alarms[0]).tolist(),
        precision=precision,
        bins=bins,
        calibration_error=sum(one.count * abs(one.score - one.rate) for one in bins) / total,
    )


def _bins(hits: Any, alarms: Any) -> list[Bin]:
    """Ten bins of about equal width. Between two thresholds, scores are taken as the middle."""
    positives = np.maximum(0, hits[:-1] - hits[1:])
    counts = np.maximum(0, positives + alarms[:-1] - alarms[1:])
    edges = np.linspace(0, 1, len(hits))
    middles = (edges[:-1] + edges[1:]) / 2
    found = []
    for places in np.array_split(np.arange(len(counts)), min(_BINS, len(counts))):
        count = float(counts[places].sum())
        if count > 0:
            found.append(
                Bin(
                    low=float(edges[places[0]]),
                    high=float(edges[places[-1] + 1]),
                    count=count,
                    score=float((counts * middles)[places].sum() / count),
                    rate=float(positives[places].sum() / count),
                )
            )
    return found
