"""Dense layers and batch normalization, with the names and arithmetic of 2.15's.

Keras layers count their names up per process and lose the updates of moving averages in graphs;
these few lines have neither fault.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import tensorflow as tf

from trainwright.estimator.columns.scopes import joined, op_scope
from trainwright.estimator.initial_values import glorot_uniform, zeros

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
        scope: variables are ``{scope}/kernel`` ``[n, units]`` and ``{scope}/bias`` ``[units]``,
            below the open variable scope.
        activation: applied to the weighted sums.

    Returns:
        ``[batch, units]``.
    """
    kernel = v1.get_variable(
        f"{scope}/kernel",
        [inputs.shape[-1], units],
        initializer=glorot_uniform,
        use_resource=True,
    )
    bias = v1.get_variable(f"{scope}/bias", [units], initializer=zeros, use_resource=True)
    with tf.name_scope(op_scope(scope)):
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
        scope: variables are ``{scope}/{gamma,beta,moving_mean,moving_variance}``, ``[n]``, below
            the open variable scope; its partitioner, if any, leaves the moving ones whole.

    Returns:
        ``[batch, n]``.
    """

    def made(name: str, initializer: Any, trainable: bool) -> tf.Variable:
        return v1.get_variable(
            joined(scope, name),
            [inputs.shape[-1]],
            initializer=initializer,
            trainable=trainable,
            use_resource=True,
        )

    gamma = made("gamma", tf.ones_initializer(), trainable=True)
    beta = made("beta", tf.zeros_initializer(), trainable=True)
    with _whole_variables():
        mean = made("moving_mean", tf.zeros_initializer(), trainable=False)
        variance = made("moving_variance", tf.ones_initializer(), trainable=False)
    with tf.name_scope(op_scope(scope)):
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


@contextlib.contextmanager
def _whole_variables() -> Iterator[None]:
    """While it is open, the partitioner of the variable scope does nothing."""
    scope = v1.get_variable_scope()
    partitioner = scope.partitioner
    scope.set_partitioner(None)
    try:
        yield
    finally:
        scope.set_partitioner(partitioner)


def _move(average: tf.Variable, value: tf.Tensor) -> Any:
    step = (average - value) * (1.0 - BATCH_NORM_MOMENTUM)
    return average.assign_sub(tf.stop_gradient(step))
