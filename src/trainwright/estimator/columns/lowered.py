"""Columns computed from ids in fewer operations: weights, embeddings and indicators."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from trainwright.estimator.columns.cache import FeatureCache
from trainwright.estimator.columns.dense_ids import dense_ids, kind_of
from trainwright.estimator.columns.lookup import is_whole, look_up
from trainwright.estimator.columns.sparse_lookup import look_up_sparse, sparse_ids
from trainwright.estimator.columns.state import ColumnState


def lowered_values(column: Any, cache: FeatureCache, state: ColumnState) -> tf.Tensor | None:
    """The values of an embedding or indicator column whose features are dense.

    Args:
        column: any dense column.
        cache: the features.
        state: has the column's variables and tables.

    Returns:
        float32 ``[batch, number of values]``. None where that is not proved to be what the column
        itself computes: another kind of column, a limited norm, a variable in parts.
    """
    if kind_of(column) == "IndicatorColumn":
        return _indicator(column, cache, state)
    if kind_of(column) in ("EmbeddingColumn", "SharedEmbeddingColumn"):
        return _embedding(column, cache, state)
    return None


def _embedding(column: Any, cache: FeatureCache, state: ColumnState) -> tf.Tensor | None:
    if column.max_norm is not None or not column.use_safe_embedding_lookup:
        return None
    if kind_of(column) == "EmbeddingColumn":
        if column.ckpt_to_load_from is not None:
            return None  # the column restores its variable when it is asked for its tensor
        weights = state.get_variable(column, "embedding_weights")
    else:
        weights = column.shared_embedding_column_creator.embedding_weights
    if not is_whole(weights):
        return None
    return rows_of(column.categorical_column, weights, column.combiner, cache, state, "weights")


def rows_of(
    column: Any,
    weights: tf.Variable,
    combiner: str,
    cache: FeatureCache,
    state: ColumnState,
    name: str,
) -> tf.Tensor | None:
    """The rows of a whole variable that a categorical column's ids choose, combined per example.

    Args:
        column: a categorical column.
        weights: ``[column.num_buckets, units]``.
        combiner: ``"sum"``, ``"mean"`` or ``"sqrtn"``.
        cache: the features.
        state: has the column's tables.
        name: of the operations.

    Returns:
        ``[batch, units]``; None for columns whose ids are not known to be as their own would be.
    """
    dense = dense_ids(column, cache, state)
    if dense is not None:
        return look_up(weights, dense, combiner, name)
    sparse = sparse_ids(column, cache, state)
    return None if sparse is None else look_up_sparse(weights, sparse, combiner, name)


def _indicator(column: Any, cache: FeatureCache, state: ColumnState) -> tf.Tensor | None:
    found = dense_ids(column.categorical_column, cache, state)
    if found is None:
        return None
    ids = found.ids
    if found.present is not None:
        ids = tf.where(found.present, ids, tf.constant(-1, tf.int64))
    depth = column.categorical_column.num_buckets
    ones = tf.one_hot(ids, depth)  # zeros for ids that are not in the range
    return ones if found.size == 1 else tf.reduce_sum(tf.reshape(ones, [-1, found.size, depth]), 1)
