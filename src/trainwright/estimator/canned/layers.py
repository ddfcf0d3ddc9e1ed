"""Dense layers and batch normalization, with the names and arithmetic of 2.15's.

Keras layers count their names up per process and lose the updates of moving averages in graphs;
these few lines have neither fault.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

v1 = tf.compat.v1

BATCH_NORM_MOMENTUM = 0.999
BATCH_NORM_EPSILON = 0.001


class LayerOutput(NamedTuple):
    """What a layer computes, the variables that training may change, and its update ops."""

    values: tf.Tensor
    trainable: list[tf.Variable]
    updates: list[Any]


def dense(
    inputs: tf.Tensor, units: int, scope: str, activation: Callable[[Any], Any] | None = None
) -> LayerOutput:
    """A fully connected layer, its kernel drawn from the Glorot uniform distribution.

    Args:
        inputs: float32 ``[batch, n]``.
        units: size of the output.
        scope: variables are ``{scope}/kernel`` ``[n, units]`` and ``{scope}/bias`` ``[units]``.
        activation: applied to the weighted sums.

    Returns:
        ``[batch, units]``.
    """
    kernel = v1.get_variable(
        f"{scope}/kernel",
        [inputs.shape[-1], units],
        initializer=v1.glorot_uniform_initializer(),
        use_resource=True,
    )
    bias = v1.get_variable(
        f"{scope}/bias", [units], initializer=tf.zeros_initializer(), use_resource=True
    )
    with tf.name_scope(f"{scope}/"):
        values = tf.nn.bias_add(tf.matmul(inputs, kernel, name="MatMul"), bias, name="BiasAdd")
        if activation is not None:
            values = activation(values)
    return LayerOutput(values, [kernel, bias], [])


def batch_norm(inputs: tf.Tensor, training: bool, scope: str) -> LayerOutput:
    """Batch normalization over the batch.

    Args:
        inputs: float32 ``[batch, n]``.
        training: whether to normalize by the batch's own moments, and to offer updates of the
            moving averages; else by these averages.
        scope: variables are ``{scope}/{gamma,beta,moving_mean,moving_variance}``, ``[n]``.

    Returns:
        ``[batch, n]``.
    """
    gamma, beta, mean, variance = (
        v1.get_variable(
            f"{scope}/{name}",
            [inputs.shape[-1]],
            initializer=tf.ones_initializer() if starts_at_one else tf.zeros_initializer(),
            trainable=trainable,
            use_resource=True,
        )
        for name, starts_at_one, trainable in (
            ("gamma", True, True),
            ("beta", False, True),
            ("moving_mean", False, False),
            ("moving_variance", True, False),
        )
    )
    with tf.name_scope(f"{scope}/"):
        if not training:
            values = tf.nn.batch_normalization(
                inputs, mean, variance, beta, gamma, BATCH_NORM_EPSILON
            )
            return LayerOutput(values, [gamma, beta], [])
        batch_mean, batch_variance = tf.nn.moments(inputs, axes=[0])
        values = tf.nn.batch_normalization(
            inputs, batch_mean, batch_variance, beta, gamma, BATCH_NORM_EPSILON
        )
        updates = [_move(mean, batch_mean), _move(variance, batch_variance)]
    return LayerOutput(values, [gamma, beta], updates)


def _move(average: tf.Variable, value: tf.Tensor) -> Any:
    step = (average - value) * (1.0 - BATCH_NORM_MOMENTUM)
    return average.assign_sub(tf.stop_gradient(step))
