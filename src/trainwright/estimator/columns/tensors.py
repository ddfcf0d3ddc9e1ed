"""From a column to a tensor: the only place where it is decided how columns are computed.

Models ask for columns by these two functions alone. Where features are dense, ids are too, and
their rows are gathered (see :mod:`~trainwright.estimator.columns.lookup`). Sparse ids are looked
up in few operations (see :mod:`~trainwright.estimator.columns.sparse_lookup`); what neither knows
goes the columns' own, general way.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from trainwright.estimator.columns.cache import FeatureCache
from trainwright.estimator.columns.lookup import is_whole
from trainwright.estimator.columns.lowered import lowered_values, rows_of
from trainwright.estimator.columns.state import ColumnState
from trainwright.estimator.columns.switch import lowering_enabled


def dense_values(column: Any, cache: FeatureCache, state: ColumnState) -> tf.Tensor:
    """The values of a dense column, float32 ``[batch, number of values]``.

    Args:
        column: a dense column.
        cache: the features.
        state: has the column's variables.
    """
    lowered = lowered_values(column, cache, state) if lowering_enabled() else None
    if lowered is not None:
        return lowered
    values = tf.convert_to_tensor(column.get_dense_tensor(cache, state))
    size = column.variable_shape.num_elements()
    if values.shape.rank == 2 and values.shape[1] == size:
        return values
    return tf.reshape(values, [-1, size])


def weighted_ids(
    column: Any, weights: tf.Variable, combiner: str, cache: FeatureCache, state: ColumnState
) -> tf.Tensor:
    """The rows of a weight matrix that a categorical column's ids choose, combined per example.

    Args:
        column: a categorical column.
        weights: ``[column.num_buckets, units]``.
        combiner: ``"sum"``, ``"mean"`` or ``"sqrtn"``, for examples of several ids.
        cache: the features.
        state: has the column's tables.

    Returns:
        ``[batch, units]``, zeros for examples without ids.
    """
    rows = None
    if lowering_enabled() and is_whole(weights):
        rows = rows_of(column, weights, combiner, cache, state, "weighted_sum")
    return _sparse_lookup(column, weights, combiner, cache, state) if rows is None else rows


def _sparse_lookup(
    column: Any, weights: Any, combiner: str, cache: FeatureCache, state: ColumnState
) -> tf.Tensor:
    pair = column.get_sparse_tensors(cache, state)
    ids = _one_row_per_example(pair.id_tensor)
    id_weights = None if pair.weight_tensor is None else _one_row_per_example(pair.weight_tensor)
    return tf.nn.safe_embedding_lookup_sparse(
        weights, ids, sparse_weights=id_weights, combiner=combiner, name="weighted_sum"
    )


def _one_row_per_example(ids: tf.SparseTensor) -> tf.SparseTensor:
    return tf.sparse.reshape(ids, [tf.shape(ids, out_type=tf.int64)[0], -1])
