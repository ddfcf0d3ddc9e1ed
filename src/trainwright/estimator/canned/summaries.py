"""What canned models show in TensorBoard about their layers and weights."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from trainwright.estimator.columns.scopes import joined, op_scope

v1 = tf.compat.v1


def deep_tag(layer: str) -> str:
    """The tag of a layer of a deep network: with the open variable scope, or ``dnn`` at the root.

    Example:
        >>> deep_tag("logits")
        'dnn/logits'
    """
    return joined(v1.get_variable_scope().name or "dnn", layer)


def summarize_layer(values: tf.Tensor, tag: str) -> None:
    """The share of zeros in a layer's output, and its distribution.

    Args:
        values: the output.
        tag: summaries are called ``{tag}/fraction_of_zero_values`` and ``{tag}/activation``, with
            the open variable scope before that.
    """
    with tf.name_scope(op_scope("")):
        v1.summary.scalar(f"{tag}/fraction_of_zero_values", _share_of_zeros(values))
        v1.summary.histogram(f"{tag}/activation", values)


def summarize_linear(weights: Sequence[tf.Variable], bias: tf.Variable) -> None:
    """The bias, and the share of zeros among the weights, of a linear model.

    Args:
        weights: one matrix per column.
        bias: ``[units]``; a scalar summary of one unit, a histogram of several.
    """
    with tf.name_scope(op_scope("")):
        if bias.shape[0] == 1:
            v1.summary.scalar("bias", tf.reshape(bias, []))
        else:
            v1.summary.histogram("bias", bias)
        v1.summary.scalar("fraction_of_zero_weights", _zero_fraction(weights))


def _share_of_zeros(values: tf.Tensor) -> tf.Tensor:
    """What ``tf.math.zero_fraction`` computes, which chooses at each run how to count.

    A conditional in each layer of each graph takes longer to build than it can ever save.
    """
    size = tf.size(values, out_type=tf.int64)
    nonzero = tf.reduce_sum(tf.cast(tf.not_equal(values, 0), tf.int64))
    return tf.cast(size - nonzero, tf.float32) / tf.cast(size, tf.float32)


def _zero_fraction(weights: Sequence[tf.Variable]) -> tf.Tensor:
    zero, all_axes = tf.constant(0.0), tf.constant([0, 1])
    nonzero = [
        tf.reduce_sum(tf.cast(tf.not_equal(matrix, zero), tf.float32), all_axes)
        for matrix in weights
    ]
    size = sum(matrix.shape.num_elements() for matrix in weights)
    return 1.0 - tf.add_n(nonzero) / float(size)
