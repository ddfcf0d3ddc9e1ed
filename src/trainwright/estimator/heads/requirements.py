"""What must hold of tensors: checked at once where shapes are known, else when the graph runs."""

from __future__ import annotations

from typing import Any

import tensorflow as tf


def require(condition: tf.Tensor, message: str, data: tf.Tensor) -> list[Any]:
    """Stops the run with the message and the data unless the condition holds.

    A bare Assert op: the guarded one would cost a function call at every step.

    Args:
        condition: a boolean scalar.
        message: what must hold.
        data: shown after the message.

    Returns:
        What later ops must depend on; nothing in eager code, where it is checked already.

    Raises:
        ValueError: it does not hold, in eager code.
        tf.errors.InvalidArgumentError: it does not hold when the graph runs.
    """
    if tf.executing_eagerly():
        if not condition:
            raise ValueError(f"{message} {data.numpy()!r}")
        return []
    return [tf.raw_ops.Assert(condition=condition, data=[message, data], summarize=10)]


def require_same_leading_shape(tensor: tf.Tensor, like: tf.Tensor, what: str) -> tf.Tensor:
    """The tensor, after a check that all dimensions but the last are those of another.

    Args:
        tensor: ``[D0, ..., DN, A]``.
        like: ``[D0, ..., DN, B]``.
        what: what the tensor is, for the message.

    Raises:
        ValueError: the shapes are known and differ.
        tf.errors.InvalidArgumentError: they turn out to differ when the graph runs.
    """
    known, wanted = tensor.shape[:-1], like.shape[:-1]
    if not known.is_compatible_with(wanted):
        raise ValueError(
            f"All dimensions of the {what} but the last must be those of the logits, whose shape "
            f"is {like.shape}. Got {what} of shape {tensor.shape} instead."
        )
    if known.is_fully_defined() and wanted.is_fully_defined():
        return tensor
    shape, other = tf.shape(tensor), tf.shape(like)
    if tensor.shape.rank and tensor.shape[-1] is not None and tensor.shape[-1] == like.shape[-1]:
        same = tf.reduce_all(tf.equal(shape, other))  # as the last ones are equal
    else:
        same = tf.reduce_all(tf.equal(shape[:-1], other[:-1]))
    message = f"{what} must have the leading dimensions of the logits. Shape of the {what}:"
    with tf.control_dependencies(require(same, message, shape)):
        return tf.identity(tensor)


def check_logits(logits: Any, dimension: int) -> tf.Tensor:
    """The logits as a float tensor of the expected last dimension.

    Args:
        logits: ``[D0, ..., DN, dimension]``.
        dimension: the head's ``logits_dimension``.

    Raises:
        ValueError: the logits are of rank below 2, or of another last dimension.
    """
    if logits is None:
        raise ValueError("logits must be a Tensor. Got None instead.")
    with tf.name_scope("logits"):
        logits = tf.convert_to_tensor(logits)
        if not logits.dtype.is_floating:
            logits = tf.cast(logits, tf.float32)
        rank = logits.shape.rank
        if rank is not None and rank < 2:
            raise ValueError(
                f"logits must have two dimensions or more. Got the shape {logits.shape} instead."
            )
        if rank is not None and logits.shape[-1] is not None and logits.shape[-1] != dimension:
            raise ValueError(
                f"The last dimension of logits must be {dimension} for this head. "
                f"Got the shape {logits.shape} instead."
            )
        if rank is None or logits.shape[-1] is None:
            message = f"The last dimension of logits must be {dimension}. Shape of the logits:"
            fits = tf.equal(tf.shape(logits)[-1], dimension)
            with tf.control_dependencies(require(fits, message, tf.shape(logits))):
                logits = tf.identity(logits)
        return logits
