"""Steps that updates with sparse gradients are made of."""

from __future__ import annotations

import tensorflow as tf


def sum_duplicates(gradient: tf.IndexedSlices) -> tuple[tf.Tensor, tf.Tensor]:
    """Values and indices of the slices, those of the same index added up.

    Returns:
        values ``[unique, ...]`` and indices ``[unique]``, in order of first occurrence.
    """
    indices, positions = tf.unique(gradient.indices)
    values = tf.math.unsorted_segment_sum(gradient.values, positions, tf.shape(indices)[0])
    return values, indices


def scatter_add(variable: tf.Variable, indices: tf.Tensor, values: tf.Tensor) -> tf.Operation:
    """Adds values ``[n, ...]`` to the rows that indices ``[n]`` name."""
    return tf.raw_ops.ResourceScatterAdd(resource=variable.handle, indices=indices, updates=values)


def scatter_update(variable: tf.Variable, indices: tf.Tensor, values: tf.Tensor) -> tf.Operation:
    """Sets the rows that indices ``[n]`` name to values ``[n, ...]``."""
    return tf.raw_ops.ResourceScatterUpdate(
        resource=variable.handle, indices=indices, updates=values
    )


def decay_and_add(
    slot: tf.Variable, factor: tf.Tensor, indices: tf.Tensor, values: tf.Tensor
) -> tf.Tensor:
    """Multiplies the whole slot by the factor, adds values to some rows; its value after that."""
    decayed = slot.assign(slot * factor, read_value=False)
    with tf.control_dependencies([decayed]):
        added = scatter_add(slot, indices, values)
    with tf.control_dependencies([added]):
        return slot.read_value()
