"""The small objects that metrics are made of, in graphs and in eager code alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import tensorflow as tf

v1 = tf.compat.v1


class Metric(ABC):
    """A value accumulated over batches: ``update_state`` takes one batch, ``result`` is the value.

    In a graph the accumulators are local variables, which sessions reset and checkpoints leave
    out; they are in the collections LOCAL_VARIABLES and METRIC_VARIABLES.

    Args:
        name: what the metric is called in the evaluation's results.
    """

    def __init__(self, name: str):
        self.name = name
        self.updates: list[Any] = []
        """The ops that ``update_state`` made in the current graph."""

    @abstractmethod
    def result(self) -> tf.Tensor:
        """The value so far, a float32 scalar."""

    @property
    def update_op(self) -> Any:
        """One op that runs all updates; a no-op where other metrics do the updating."""
        if len(self.updates) == 1:
            return self.updates[0]
        return tf.group(*self.updates) if self.updates else tf.no_op()

    def as_pair(self) -> tuple[tf.Tensor, Any]:
        """``(value, update_op)``, as EstimatorSpec's ``eval_metric_ops`` wants it."""
        return self.result(), self.update_op

    def _updated(self, *ops: Any) -> Any:
        """Groups and remembers the updates of one batch."""
        if tf.executing_eagerly():
            return None
        update = tf.group(*ops)
        self.updates.append(update)
        return update


def accumulator(name: str, shape: tuple[int, ...] = ()) -> tf.Variable:
    """A float32 variable of zeros that is local to an evaluation."""
    zeros = tf.constant(0.0, tf.float32, shape, "zeros")
    if tf.executing_eagerly():
        return tf.Variable(zeros, trainable=False, name=name)
    return v1.Variable(
        zeros,
        trainable=False,
        name=name,
        use_resource=True,
        collections=[v1.GraphKeys.LOCAL_VARIABLES, v1.GraphKeys.METRIC_VARIABLES],
    )


def batch_weights(weights: Any, values: tf.Tensor) -> tf.Tensor:
    """Weights spread over the values, one for each of them.

    Args:
        weights: None (all one), a scalar, or a tensor whose shape is that of ``values``, or that
            with ones at the end, or that without its last dimension of one.
        values: ``[batch, ...]``.

    Returns:
        float32 of the shape of ``values``.

    Example:
        >>> batch_weights([[1.0], [2.0]], tf.zeros([2, 2])).numpy().tolist()
        [[1.0, 1.0], [2.0, 2.0]]
    """
    if weights is None:
        if values.dtype == tf.float32:
            return tf.raw_ops.OnesLike(x=values)  # one op, where the function makes three
        return tf.ones_like(values, tf.float32)
    weights = tf.cast(weights, tf.float32)
    if weights.shape.rank and values.shape.rank and weights.shape.rank == values.shape.rank - 1:
        weights = tf.expand_dims(weights, -1)
    return tf.broadcast_to(weights, tf.shape(values))
