"""Initial values of variables, in fewer operations than TensorFlow's initializers take.

There are graphs for training, evaluating and exporting, and every variable has its initial value
in each of them, mostly never to be computed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

_SMALL = 4096
"""Up to how many elements a constant, whose memory a session keeps, may have."""


def filled(value: float, shape: Sequence[int], dtype: tf.DType, name: str = "Fill") -> tf.Tensor:
    """A tensor of one value.

    Args:
        value: of all elements.
        shape: the tensor's.
        dtype: the tensor's.
        name: of the operation that gives it.

    Example:
        >>> filled(0.5, [2], tf.float32).numpy().tolist()
        [0.5, 0.5]
    """
    if math.prod(shape) <= _SMALL:
        return tf.constant(value, dtype, shape, name)
    return tf.fill(shape, tf.constant(value, dtype), name)


def zeros(
    shape: Sequence[int], dtype: tf.DType = tf.float32, partition_info: Any = None
) -> tf.Tensor:
    """An initializer for ``get_variable``: what ``tf.zeros_initializer()`` gives."""
    del partition_info
    return filled(0, shape, dtype, "zeros")


def glorot_uniform(
    shape: Sequence[int], dtype: tf.DType = tf.float32, partition_info: Any = None
) -> tf.Tensor:
    """An initializer for ``get_variable``: what ``v1.glorot_uniform_initializer()`` gives.

    Uniform in ``[-r, r)``, ``r = sqrt(6 / (n + m))``, for kernels ``[n, m]``. Source: X. Glorot, Y.
    Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.

    Args:
        shape: ``[n, m]``.
        dtype: a floating one.
        partition_info: of a variable in parts: knows the shape of the whole, which counts.
    """
    inputs, outputs = shape if partition_info is None else partition_info.full_shape
    limit = math.sqrt(3.0 * (1.0 / max(1.0, (inputs + outputs) / 2.0)))
    size = tf.constant(shape, tf.int32)
    seed, op_seed = tf.compat.v1.get_seed(None)
    unit = tf.raw_ops.RandomUniform(shape=size, dtype=dtype, seed=seed or 0, seed2=op_seed or 0)
    spread = tf.raw_ops.Mul(x=unit, y=tf.constant(2.0 * limit, dtype))
    return tf.raw_ops.AddV2(x=spread, y=tf.constant(-limit, dtype), name="random_uniform")
