"""Rows of variables by dense ids: what sparse embedding lookups give, for less.

Equal to a sparse lookup in outputs, and in gradients too: IndexedSlices without repeated indices
that name exactly the rows which a sparse lookup names. An example without ids counts as one use of
row 0 there, with a gradient of zeros; optimizers that update rows lazily notice it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from trainwright.estimator.columns.dense_ids import DenseIds, valid_ids


def is_whole(variable: Any) -> bool:
    """Whether it is one resource variable: not one in parts, nor one of references."""
    return isinstance(variable, tf.Variable) and variable.op.type == "VarHandleOp"


def look_up(weights: tf.Variable, found: DenseIds, combiner: str, name: str) -> tf.Tensor:
    """The rows of a matrix that ids choose, combined per example.

    Args:
        weights: ``[rows, units]``.
        found: the ids of examples.
        combiner: ``"sum"``, ``"mean"`` or ``"sqrtn"``.
        name: of the operations.

    Returns:
        ``[batch, units]``, zeros for examples without ids.
    """
    with tf.name_scope(name):
        valid = valid_ids(found)
        rows = _rows(weights, found.ids if valid is None else _named(found, valid), valid)
        if found.size == 1:  # all combiners are the same
            return rows
        total = tf.reduce_sum(tf.reshape(rows, [-1, found.size, weights.shape[1]]), axis=1)
        if combiner == "sum":
            return total
        count = _count(found.size, valid, total.dtype)
        return total / (count if combiner == "mean" else tf.sqrt(count))


def _named(found: DenseIds, valid: tf.Tensor) -> tf.Tensor:
    """The ids, with others in place of those that are not valid: they name no further rows."""
    if found.size == 1:
        return found.ids if found.masked else tf.where(valid, found.ids, tf.constant(0, tf.int64))
    ids = tf.where(valid, found.ids, tf.constant(-1, tf.int64))
    of_examples = tf.reshape(ids, [-1, found.size])
    # Padding stands for another id of its example, if there is any, else for row 0.
    other = tf.maximum(tf.reduce_max(of_examples, axis=1, keepdims=True), 0)
    return tf.reshape(tf.where(of_examples < 0, other, of_examples), [-1])


def _count(size: int, valid: tf.Tensor | None, dtype: tf.DType) -> tf.Tensor:
    """How many ids each example has, at least 1: ``[batch, 1]`` or a scalar."""
    if valid is None:
        return tf.constant(size, dtype)
    ones = tf.reshape(tf.cast(valid, dtype), [-1, size])
    return tf.maximum(tf.reduce_sum(ones, axis=1, keepdims=True), 1)


def _rows(weights: tf.Variable, ids: tf.Tensor, valid: tf.Tensor | None) -> tf.Tensor:
    """Rows by ids ``[n]``, zeros where an id is not valid; each row's gradient is one sum."""

    def gathered(handle: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.IndexedSlices]]:
        rows = tf.raw_ops.ResourceGather(resource=handle, indices=ids, dtype=weights.dtype)
        if valid is not None:
            rows = tf.raw_ops.Select(condition=valid, x=rows, y=tf.zeros_like(rows))

        def gradient(upstream: tf.Tensor) -> tf.IndexedSlices:
            # Columns of the same ids make the same op, which is then computed once for all of them.
            unique, positions = tf.unique(ids)
            # Sums leave out what has a negative position.
            into = positions if valid is None else tf.where(valid, positions, -1)
            sums = tf.math.unsorted_segment_sum(upstream, into, tf.size(unique))
            return tf.IndexedSlices(sums, unique, tf.constant(weights.shape.as_list(), tf.int64))

        return rows, gradient

    found: tf.Tensor = tf.custom_gradient(gathered)(weights.handle)
    found.set_shape([None, weights.shape[1]])
    return found
