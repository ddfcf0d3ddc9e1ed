"""Areas under the ROC and the precision-recall curve, from 200 thresholds.

The thresholds are a little below 0, then k/199 for k = 1 ... 198, then a little above 1. A score is
counted once, in the bucket of the highest threshold below it; the counts at each threshold are
sums over buckets from the top, made when the result is asked for. So an update costs as much as
there are scores, not 200 times as much.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from trainwright.estimator.metrics.base import Metric, accumulator, batch_weights

NUM_THRESHOLDS = 200


class _CurveArea(Metric):
    """Positives and negatives by score, as both areas need them."""

    def __init__(self, name: str):
        super().__init__(name)
        self._positives = accumulator("true_positives", (NUM_THRESHOLDS,))
        self._negatives = accumulator("false_positives", (NUM_THRESHOLDS,))

    def update_state(self, labels: Any, scores: Any, sample_weight: Any = None) -> Any:
        """Adds a batch.

        Args:
            labels: ``[batch, ...]``; whatever is not 0 is the positive class.
            scores: of the same shape, in [0, 1].
            sample_weight: as :func:`~trainwright.estimator.metrics.base.batch_weights` takes it.

        Returns:
            The op that does it; None in eager code, where it is done.
        """
        return self._add(*_counts(labels, scores, sample_weight))

    def _add(self, positives: tf.Tensor, negatives: tf.Tensor) -> Any:
        return self._updated(
            self._positives.assign_add(positives, read_value=False),
            self._negatives.assign_add(negatives, read_value=False),
        )

    def _above_thresholds(self) -> tuple[tf.Tensor, tf.Tensor]:
        """True and false positives at each threshold, float32 ``[200]``, falling."""
        return (
            tf.cumsum(self._positives.value(), reverse=True),
            tf.cumsum(self._negatives.value(), reverse=True),
        )


class AUC(_CurveArea):
    """The area under the ROC curve, by the trapezoidal rule.

    Example:
        >>> auc = AUC("auc")
        >>> auc.update_state([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
        >>> float(auc.result())
        0.75
    """

    def result(self) -> tf.Tensor:
        """The area, a float32 scalar in [0, 1], 0 where a class has no examples."""
        hits, false_alarms = self._above_thresholds()
        cut = _Cut()
        recall = tf.math.divide_no_nan(hits, cut.first(hits))
        fall_out = tf.math.divide_no_nan(false_alarms, cut.first(false_alarms))
        widths = cut.without_last(fall_out) - cut.without_first(fall_out)
        heights = cut.without_last(recall) + cut.without_first(recall)
        return tf.reduce_sum(widths * heights / 2.0)


class PrecisionRecallAUC(_CurveArea):
    """The area under the precision-recall curve, interpolated as that curve asks for.

    Between two thresholds true positives change linearly with all positives, so precision does
    not change linearly with recall; the exact integral of that hyperbola is summed. Source: J.
    Davis, M. Goadrich, "The Relationship Between Precision-Recall and ROC Curves", 2006.

    Example:
        >>> auc = PrecisionRecallAUC("auc_precision_recall")
        >>> auc.update_state([0, 1], [0.2, 0.9])
        >>> float(auc.result())
        1.0
    """

    def result(self) -> tf.Tensor:
        """The area, a float32 scalar in [0, 1], 0 where there are no positives."""
        hits, false_alarms = self._above_thresholds()
        cut = _Cut()
        predicted = hits + false_alarms
        upper, lower = cut.without_last(predicted), cut.without_first(predicted)
        later = cut.without_first(hits)
        gained = cut.without_last(hits) - later
        slope = tf.math.divide_no_nan(gained, upper - lower)
        intercept = later - slope * lower
        both = (upper > 0.0) & (lower > 0.0)
        growth = tf.where(both, tf.math.divide_no_nan(upper, lower), 1.0)
        areas = slope * (gained + intercept * tf.math.log(growth))
        return tf.reduce_sum(tf.math.divide_no_nan(areas, cut.first(hits)))


class _Cut:
    """Parts of values by threshold, with what their slices have in common made but once."""

    def __init__(self) -> None:
        self._zero, self._one = tf.constant([0]), tf.constant([1])
        self._rest = tf.constant([NUM_THRESHOLDS - 1])

    def first(self, values: tf.Tensor) -> tf.Tensor:
        return tf.slice(values, self._zero, self._one)

    def without_first(self, values: tf.Tensor) -> tf.Tensor:
        return tf.slice(values, self._one, self._rest)

    def without_last(self, values: tf.Tensor) -> tf.Tensor:
        return tf.slice(values, self._zero, self._rest)


def update_areas(areas: Sequence[Any], labels: Any, scores: Any, sample_weight: Any) -> None:
    """Adds a batch to several metrics, counting it but once for those of this module.

    Args:
        areas: metrics of this module, or others with a method ``update_state``.
        labels: as they take them.
        scores: as they take them.
        sample_weight: as they take it.
    """
    counts = None
    for area in areas:
        if not isinstance(area, _CurveArea):
            area.update_state(labels, scores, sample_weight)
            continue
        counts = counts or _counts(labels, scores, sample_weight)
        area._add(*counts)


def _counts(labels: Any, scores: Any, sample_weight: Any) -> tuple[tf.Tensor, tf.Tensor]:
    """Weights of a batch's positives and negatives in each bucket, float32 ``[200]``."""
    scores = tf.cast(scores, tf.float32)
    actual = tf.cast(tf.cast(labels, tf.bool), tf.float32)
    positives, negatives = actual, 1.0 - actual
    if sample_weight is not None:
        weights = batch_weights(sample_weight, scores)
        positives, negatives = weights * positives, weights * negatives
    bucket = tf.cast(tf.math.ceil(scores * (NUM_THRESHOLDS - 1)) - 1.0, tf.int32)
    bucket = tf.reshape(tf.clip_by_value(bucket, 0, NUM_THRESHOLDS - 1), [-1])

    def count(amounts: tf.Tensor) -> tf.Tensor:
        return tf.math.unsorted_segment_sum(tf.reshape(amounts, [-1]), bucket, NUM_THRESHOLDS)

    return count(positives), count(negatives)
