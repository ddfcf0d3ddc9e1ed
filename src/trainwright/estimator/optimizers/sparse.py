"""Steps that updates with sparse gradients are made of."""

from __future__ import annotations

import tensorflow as tf


def sum_duplicates(gradient: tf.IndexedSlices) -> tuple[tf.Tensor, tf.Tensor]:
    """Values and indices of the slices, those of the same index added up.

    Returns:
        values ``[unique, ...]`` and indices ``[unique]``, in order of first occurrence.
    """
    if has_unique_indices(gradient):
        return gradient.values, gradient.indices
    indices, positions = tf.unique(gradient.indices)
    values = tf.math.unsorted_segment_sum(gradient.values, positions, tf.shape(indices)[0])
    return values, indices


def has_unique_indices(gradient: tf.IndexedSlices) -> bool:
    """Whether the graph shows that no index repeats: they come from ``tf.unique`` as they are.

    That is how gradients of embeddings come, lookups of one variable at one place. False says
    nothing.
    """
    indices = gradient.indices
    if not hasattr(indices, "graph"):
        return False  # an eager tensor has no past
    while indices.op.type in ("Identity", "Reshape"):
        indices = indices.op.inputs[0]
    return bool(indices.op.type == "Unique" and indices.value_index == 0)


def densified(variable: tf.Variable, gradient: tf.IndexedSlices) -> tf.Tensor:
    """The gradient of the variable's shape: zeros in rows that it lacks."""
    return tf.math.unsorted_segment_sum(gradient.values, gradient.indices, variable.shape[0])


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
