"""Metrics of binary decisions at thresholds that users name."""

from __future__ import annotations

from collections.abc import Sequence

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.heads import keys
from trainwright.estimator.metrics import Metric, Precision, Recall, ThresholdAccuracy


def check_thresholds(thresholds: Sequence[float] | None) -> tuple[float, ...]:
    """Thresholds as a tuple.

    Raises:
        InvalidArgumentError: no sequence of numbers in (0, 1).
    """
    if thresholds is None:
        return ()
    try:
        checked = tuple(float(threshold) for threshold in thresholds)
    except (TypeError, ValueError):
        checked = (float("nan"),)
    if not all(0.0 < threshold < 1.0 for threshold in checked):
        raise InvalidArgumentError(
            f"thresholds not in (0, 1): {thresholds!r}. Accepted: a list of numbers in (0, 1)."
        )
    return checked


def threshold_metric_keys(threshold: float) -> tuple[str, str, str]:
    """The names of accuracy, precision and recall at one threshold."""
    accuracy, precision, recall = (
        keys.at_threshold(key, threshold) for key in (keys.ACCURACY, keys.PRECISION, keys.RECALL)
    )
    return accuracy, precision, recall


def threshold_metrics(threshold: float) -> dict[str, Metric]:
    """Accuracy, precision and recall at one threshold, by name."""
    accuracy, precision, recall = threshold_metric_keys(threshold)
    return {
        accuracy: ThresholdAccuracy(accuracy, threshold),
        precision: Precision(precision, threshold),
        recall: Recall(recall, threshold),
    }
