"""Weighted means: losses, predictions, labels and, as the mean of hits, accuracy."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from trainwright.estimator.metrics.base import Metric, accumulator, batch_weights


class _RunningMean(Metric):
    """A total and the weight it is of."""

    def __init__(self, name: str):
        super().__init__(name)
        self._total = accumulator("total")
        self._count = accumulator("count")

    def _add(self, values: tf.Tensor, sample_weight: Any) -> Any:
        values = tf.cast(values, tf.float32)
        weights = batch_weights(sample_weight, values)
        weighted = values if sample_weight is None else values * weights
        added = self._total.assign_add(tf.reduce_sum(weighted), read_value=False)
        # Weights of a known shape are a constant: without this, they would be counted in the run
        # in which the input turns out to have ended.
        with tf.control_dependencies([values]):
            seen = tf.identity(tf.reduce_sum(weights))
        counted = self._count.assign_add(seen, read_value=False)
        return self._updated(added, counted)

    def weight_seen(self) -> tf.Tensor:
        """The sum of all weights so far, a float32 scalar."""
        return self._count.value()

    def result(self) -> tf.Tensor:
        """The mean, a float32 scalar."""
        return tf.math.divide_no_nan(self._total.value(), self._count.value())


class Mean(_RunningMean):
    """The weighted mean of all values seen, 0 before any.

    Example:
        >>> mean = Mean("average_loss")
        >>> mean.update_state([1.0, 4.0], [1.0, 0.5])
        >>> float(mean.result())
        2.0
    """

    def update_state(self, values: Any, sample_weight: Any = None) -> Any:
        """Adds a batch.

        Args:
            values: numbers of any shape.
            sample_weight: as :func:`~trainwright.estimator.metrics.base.batch_weights` takes it.

        Returns:
            The op that does it; None in eager code, where it is done.
        """
        return self._add(values, sample_weight)


class Accuracy(_RunningMean):
    """How often predictions equal labels.

    Example:
        >>> accuracy = Accuracy("accuracy")
        >>> accuracy.update_state([[1], [0]], [[1], [1]])
        >>> float(accuracy.result())
        0.5
    """

    def update_state(self, labels: Any, predictions: Any, sample_weight: Any = None) -> Any:
        """Adds a batch.

        Args:
            labels: ``[batch, ...]``.
            predictions: of the same shape.
            sample_weight: as for :class:`Mean`.

        Returns:
            The op that does it; None in eager code, where it is done.
        """
        hits = tf.equal(tf.cast(labels, tf.float32), tf.cast(predictions, tf.float32))
        return self._add(hits, sample_weight)


class ThresholdAccuracy(_RunningMean):
    """How often a score on the right side of a threshold agrees with a binary label.

    Args:
        name: as for :class:`~trainwright.estimator.metrics.base.Metric`.
        threshold: scores above it count as the positive class.
    """

    def __init__(self, name: str, threshold: float):
        super().__init__(name)
        self._threshold = threshold

    def update_state(self, labels: Any, scores: Any, sample_weight: Any = None) -> Any:
        """Adds a batch: 0/1 labels and scores in [0, 1] of one shape."""
        positive = tf.cast(tf.cast(scores, tf.float32) > self._threshold, tf.float32)
        hits = tf.equal(tf.cast(labels, tf.float32), positive)
        return self._add(hits, sample_weight)


class AccuracyBaseline(Metric):
    """The accuracy of always predicting the commoner class, from the mean of 0/1 labels.

    Args:
        name: as for :class:`~trainwright.estimator.metrics.base.Metric`.
        label_mean: the metric that holds the mean of the labels; it does the updating.

    Example:
        >>> labels = Mean("label/mean")
        >>> labels.update_state([0.0, 0.0, 0.0, 1.0])
        >>> float(AccuracyBaseline("accuracy_baseline", labels).result())
        0.75
    """

    def __init__(self, name: str, label_mean: Mean):
        super().__init__(name)
        self._label_mean = label_mean

    def result(self) -> tf.Tensor:
        """The share of the commoner class, a float32 scalar; 0 before any batch, as of no class."""
        mean = self._label_mean.result()
        seen = self._label_mean.weight_seen() > 0.0
        return tf.where(seen, tf.maximum(mean, 1.0 - mean), 0.0)
