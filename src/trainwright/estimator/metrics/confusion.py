"""Precision and recall at one threshold."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from trainwright.estimator.metrics.base import Metric, accumulator, batch_weights


class _ThresholdRatio(Metric):
    """True positives over true positives and one kind of error.

    Args:
        name: as for :class:`~trainwright.estimator.metrics.base.Metric`.
        error_name: the name of the error's accumulator.
        threshold: scores above it count as the positive class.
    """

    def __init__(self, name: str, error_name: str, threshold: float):
        super().__init__(name)
        self._threshold = threshold
        self._true_positives = accumulator("true_positives", (1,))
        self._errors = accumulator(error_name, (1,))

    def update_state(self, labels: Any, scores: Any, sample_weight: Any = None) -> Any:
        """Adds a batch.

        Args:
            labels: ``[batch, ...]``; whatever is not 0 is the positive class.
            scores: of the same shape, in [0, 1].
            sample_weight: as :func:`~trainwright.estimator.metrics.base.batch_weights` takes it.

        Returns:
            The op that does it; None in eager code, where it is done.
        """
        actual = tf.cast(labels, tf.bool)
        scores = tf.cast(scores, tf.float32)
        predicted = scores > self._threshold
        weights = batch_weights(sample_weight, scores)

        def weight_where(condition: tf.Tensor) -> tf.Tensor:
            return tf.reshape(tf.reduce_sum(tf.where(condition, weights, 0.0)), [1])

        return self._updated(
            self._true_positives.assign_add(weight_where(actual & predicted), read_value=False),
            self._errors.assign_add(
                weight_where(self._is_error(actual, predicted)), read_value=False
            ),
        )

    def _is_error(self, actual: tf.Tensor, predicted: tf.Tensor) -> tf.Tensor:
        raise NotImplementedError

    def result(self) -> tf.Tensor:
        """The ratio, a float32 scalar, 0 where there are no examples to divide by."""
        hits = self._true_positives.value()
        return tf.math.divide_no_nan(hits, hits + self._errors.value())[0]


class Precision(_ThresholdRatio):
    """Of what was predicted positive, how much is.

    Args:
        name: as for :class:`~trainwright.estimator.metrics.base.Metric`.
        threshold: scores above it count as the positive class.

    Example:
        >>> precision = Precision("precision")
        >>> precision.update_state([1, 0, 1], [1.0, 1.0, 0.0])
        >>> float(precision.result())
        0.5
    """

    def __init__(self, name: str, threshold: float = 0.5):
        super().__init__(name, "false_positives", threshold)

    def _is_error(self, actual: tf.Tensor, predicted: tf.Tensor) -> tf.Tensor:
        return ~actual & predicted


class Recall(_ThresholdRatio):
    """Of what is positive, how much was predicted so.

    Args:
        name: as for :class:`~trainwright.estimator.metrics.base.Metric`.
        threshold: scores above it count as the positive class.

    Example:
        >>> recall = Recall("recall")
        >>> recall.update_state([1, 0, 1], [1.0, 1.0, 0.0])
        >>> float(recall.result())
        0.5
    """

    def __init__(self, name: str, threshold: float = 0.5):
        super().__init__(name, "false_negatives", threshold)

    def _is_error(self, actual: tf.Tensor, predicted: tf.Tensor) -> tf.Tensor:
        return actual & ~predicted
