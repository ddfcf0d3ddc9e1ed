"""Rows of variables by sparse ids: what TensorFlow's sparse lookups give, in fewer operations.

A sparse lookup of TensorFlow takes ids of any rank, weights, and variables in parts; for the ids
of a ``VarLenFeature`` most of its operations find out that there is nothing to do. Outputs,
gradients and the rows that these name are the same here, as are the kernels that add up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

from trainwright.estimator.columns.cache import FeatureCache
from trainwright.estimator.columns.dense_ids import kind_of, may_be_negative
from trainwright.estimator.columns.state import ColumnState

_COMBINE = {
    "sum": (tf.raw_ops.SparseSegmentSum, tf.raw_ops.SparseSegmentSumGrad),
    "mean": (tf.raw_ops.SparseSegmentMean, tf.raw_ops.SparseSegmentMeanGrad),
    "sqrtn": (tf.raw_ops.SparseSegmentSqrtN, tf.raw_ops.SparseSegmentSqrtNGrad),
}
_KINDS = (
    "CrossedColumn",
    "HashedCategoricalColumn",
    "IdentityCategoricalColumn",
    "VocabularyFileCategoricalColumn",
    "VocabularyListCategoricalColumn",
)


class SparseIds(NamedTuple):
    """The ids of one column that name rows.

    Args:
        ids: int64 ``[n]``, example by example; at least one for each: 0 where it has none.
        examples: which example each belongs to, int64 ``[n]``, ascending.
        empty: which examples have none, bool ``[batch]``.
    """

    ids: tf.Tensor
    examples: tf.Tensor
    empty: tf.Tensor


def sparse_ids(column: Any, cache: FeatureCache, state: ColumnState) -> SparseIds | None:
    """The ids of a categorical column whose feature is sparse.

    Args:
        column: a categorical column.
        cache: the features; ids are made once for each column.
        state: has the column's tables.

    Returns:
        None for columns of other kinds than identity, vocabulary, hashed and crossed ones, and for
        ids that are not known to be of rank 2.
    """
    if kind_of(column) not in _KINDS:
        return None
    made: SparseIds | None = cache.made(("sparse ids", column), lambda: _make(column, cache, state))
    return made


def _make(column: Any, cache: FeatureCache, state: ColumnState) -> SparseIds | None:
    ids, signed = _ids(column, cache, state)
    if ids.shape.rank != 2 or ids.dtype != tf.int64:
        return None
    if signed:
        ids = tf.sparse.retain(ids, ids.values >= 0)
    filled, empty = tf.sparse.fill_empty_rows(ids, tf.constant(0, tf.int64))
    examples, _ = tf.unstack(filled.indices, 2, axis=1)
    return SparseIds(filled.values, examples, empty)


def _ids(column: Any, cache: FeatureCache, state: ColumnState) -> tuple[tf.SparseTensor, bool]:
    """The ids as they are, and whether some may be negative, which name no row."""
    if kind_of(column) == "IdentityCategoricalColumn" and column.default_value is not None:
        given = cache.get(column.key, state)
        if isinstance(given, tf.SparseTensor) and given.dtype in (tf.int32, tf.int64):
            values = tf.cast(given.values, tf.int64)
            # As unsigned numbers, negative ones are above any range.
            size = tf.constant(column.number_buckets, tf.uint64)
            known = tf.less(tf.bitcast(values, tf.uint64), size)
            default = tf.constant(column.default_value, tf.int64)
            return given.with_values(tf.where(known, values, default)), False
    ids = column.get_sparse_tensors(cache, state).id_tensor
    return ids, kind_of(column) != "CrossedColumn" and may_be_negative(column)


def look_up_sparse(weights: tf.Variable, found: SparseIds, combiner: str, name: str) -> tf.Tensor:
    """The rows of a matrix that ids choose, combined per example.

    Args:
        weights: ``[rows, units]``.
        found: the ids of examples.
        combiner: ``"sum"``, ``"mean"`` or ``"sqrtn"``.
        name: of the operations.

    Returns:
        ``[batch, units]``, zeros for examples without ids.
    """
    combine, gradient_of = _COMBINE[combiner]
    with tf.name_scope(name):
        unique, positions = tf.unique(found.ids)

        def combined(
            handle: tf.Tensor,
        ) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.IndexedSlices]]:
            rows = tf.raw_ops.ResourceGather(resource=handle, indices=unique, dtype=weights.dtype)
            sums = combine(data=rows, indices=positions, segment_ids=found.examples)

            def gradient(upstream: tf.Tensor) -> tf.IndexedSlices:
                of_rows = gradient_of(
                    grad=_without(found.empty, upstream),
                    indices=positions,
                    segment_ids=found.examples,
                    output_dim0=tf.size(unique),
                )
                shape = tf.constant(weights.shape.as_list(), tf.int64)
                return tf.IndexedSlices(of_rows, unique, shape)

            return _without(found.empty, sums), gradient

        values: tf.Tensor = tf.custom_gradient(combined)(weights.handle)
    values.set_shape([None, weights.shape[1]])
    return values


def _without(empty: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """Zeros for examples without ids."""
    return tf.raw_ops.Select(condition=empty, x=tf.zeros_like(values), y=values)
