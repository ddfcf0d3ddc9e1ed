"""Areas under the ROC and the precision-recall curve, from 200 thresholds.

The thresholds are a little below 0, then k/199 for k = 1 ... 198, then a little above 1. A score is
counted once, in the bucket of the highest threshold below it; the counts at each threshold are
sums over buckets from the top, made when the result is asked for. So an update costs as much as
there are scores, not 200 times as much.
"""

from __future__ import annotations

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
        scores = tf.cast(scores, tf.float32)
        actual = tf.cast(tf.cast(labels, tf.bool), tf.float32)
        weights = batch_weights(sample_weight, scores)
        bucket = tf.cast(tf.math.ceil(scores * (NUM_THRESHOLDS - 1)) - 1.0, tf.int32)
        bucket = tf.reshape(tf.clip_by_value(bucket, 0, NUM_THRESHOLDS - 1), [-1])

        def count(amounts: tf.Tensor) -> tf.Tensor:
            flat = tf.reshape(amounts, [-1])
            return tf.math.unsorted_segment_sum(flat, bucket, NUM_THRESHOLDS)

        return self._updated(
            self._positives.assign_add(count(weights * actual)),
            self._negatives.assign_add(count(weights * (1.0 - actual))),
        )

    def _above_thresholds(self) -> tuple[tf.Tensor, tf.Tensor]:
        """True and false positives at each threshold, float32 ``[200]``, falling."""
        return (
            tf.cumsum(self._positives.read_value(), reverse=True),
            tf.cumsum(self._negatives.read_value(), reverse=True),
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
        recall = tf.math.divide_no_nan(hits, hits[0])
        fall_out = tf.math.divide_no_nan(false_alarms, false_alarms[0])
        widths = fall_out[:-1] - fall_out[1:]
        return tf.reduce_sum(widths * (recall[:-1] + recall[1:]) / 2.0)


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
        predicted = hits + false_alarms
        gained = hits[:-1] - hits[1:]
        slope = tf.math.divide_no_nan(gained, predicted[:-1] - predicted[1:])
        intercept = hits[1:] - slope * predicted[1:]
        both = (predicted[:-1] > 0.0) & (predicted[1:] > 0.0)
        growth = tf.where(both, tf.math.divide_no_nan(predicted[:-1], predicted[1:]), 1.0)
        areas = slope * (gained + intercept * tf.math.log(growth))
        return tf.reduce_sum(tf.math.divide_no_nan(areas, hits[0]))
