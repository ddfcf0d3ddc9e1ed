"""The ids of categorical columns over dense features, without sparse tensors.

A categorical column makes a sparse tensor of a dense feature: missing values, ``""`` and -1, are
dropped, and a function of single values turns the rest into ids. Here the same function, mostly
the column's own, is applied to all values, and a mask tells which of them are there.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import tensorflow as tf

from trainwright.estimator.columns.cache import FeatureCache
from trainwright.estimator.columns.state import ColumnState

_MISSING: Mapping[tf.DType, Any] = {tf.string: "", tf.int32: -1, tf.int64: -1}
"""What stands for no value in dense features, by their dtype."""


class DenseIds(NamedTuple):
    """The ids of one column.

    Args:
        ids: int64 ``[batch * size]``, example by example; negative ones are out of vocabulary.
        size: how many values an example has, missing ones included.
        present: bool ``[batch * size]``, False where there is no value and the id means nothing;
            None where all are there.
        signed: whether ids of values that are there may be negative.
        masked: whether ids of values that are missing are 0.
    """

    ids: tf.Tensor
    size: int
    present: tf.Tensor | None = None
    signed: bool = False
    masked: bool = False


def kind_of(column: Any) -> str:
    """The name of a column's class where it is one of TensorFlow's own, else nothing."""
    cls = type(column)
    return cls.__name__ if cls.__module__.partition(".")[0] == "tensorflow" else ""


def dense_ids(column: Any, cache: FeatureCache, state: ColumnState) -> DenseIds | None:
    """The ids of a categorical column whose features are dense.

    Args:
        column: a categorical column.
        cache: the features; ids are made once for each column.
        state: has the column's tables.

    Returns:
        None for a feature that is sparse or of an unknown shape, and for columns of other kinds
        than identity, vocabulary, hashed, bucketized and crossed ones.
    """
    maker = _MAKERS.get(kind_of(column))
    if maker is None:
        return None
    made: DenseIds | None = cache.made(("ids", column), lambda: maker(column, cache, state))
    return made


def valid_ids(found: DenseIds) -> tf.Tensor | None:
    """Which ids name a row; None where all do."""
    if not found.signed:
        return found.present
    named = found.ids >= 0
    return named if found.present is None else tf.logical_and(named, found.present)


def _of_values(column: Any, cache: FeatureCache, state: ColumnState) -> DenseIds | None:
    """Vocabulary and hashed columns: ids are a function of single values."""
    flat = cache.flat(column.key)
    if flat is None or flat[0].dtype not in _MISSING:
        return None
    values, size = flat
    ids = tf.cast(column.transform_feature(_Values(values), state).values, tf.int64)
    return DenseIds(ids, size, _present(values), signed=may_be_negative(column))


def _present(values: tf.Tensor) -> tf.Tensor:
    return tf.not_equal(values, tf.constant(_MISSING[values.dtype], values.dtype))


class _Values:
    """Stands in for a cache of features: any feature is these values, none of them missing."""

    def __init__(self, values: tf.Tensor):
        size = tf.size(values, out_type=tf.int64)
        # Columns of values never look at indices: these are not computed.
        indices = tf.expand_dims(tf.range(size), 1)
        self._sparse = tf.SparseTensor(indices, values, tf.expand_dims(size, 0))

    def get(self, key: Any, state_manager: Any, training: bool | None = None) -> Any:
        return self._sparse


def may_be_negative(column: Any) -> bool:
    """Whether a column of values may give some of them negative ids, which name no row."""
    if kind_of(column) == "IdentityCategoricalColumn":
        return column.default_value is None
    if kind_of(column) == "HashedCategoricalColumn" or column.num_oov_buckets:
        return False
    return bool(column.default_value < 0)


def _of_integers(column: Any, cache: FeatureCache, state: ColumnState) -> DenseIds | None:
    """Identity columns: values are ids, those out of range are the default value."""
    flat = cache.flat(column.key)
    if flat is None or flat[0].dtype not in (tf.int32, tf.int64):
        return None
    values, size = tf.cast(flat[0], tf.int64), flat[1]
    present = _present(values)
    if column.default_value is None:
        return DenseIds(values, size, present, signed=True)
    # As unsigned numbers, negative ones are above any range.
    unsigned = tf.bitcast(values, tf.uint64)
    known = tf.less(unsigned, tf.constant(column.number_buckets, tf.uint64))
    ids = tf.where(known, values, tf.constant(column.default_value, tf.int64))
    return DenseIds(ids, size, present, masked=column.default_value == 0)


def _of_buckets(column: Any, cache: FeatureCache, state: ColumnState) -> DenseIds | None:
    """Bucketized columns: each number of an example has buckets of its own."""
    buckets = cache.get(column, state)
    if isinstance(buckets, tf.SparseTensor):
        return None
    numbers = tf.TensorShape(column.source_column.shape).num_elements()
    ids = tf.cast(tf.reshape(buckets, [-1, numbers]), tf.int64)
    if numbers > 1:
        ids += tf.range(numbers, dtype=tf.int64) * (len(column.boundaries) + 1)
    return DenseIds(tf.reshape(ids, [-1]), numbers)


def _of_crosses(column: Any, cache: FeatureCache, state: ColumnState) -> DenseIds | None:
    """Crossed columns over dense features, whose values all count, and categorical columns."""
    # TensorFlow's op crosses sparse inputs, which categorical columns are there, before dense ones.
    ordered = sorted(column.keys, key=lambda key: isinstance(key, str))
    parts = [_crossed_part(key, cache, state) for key in ordered]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    masks = [part.present for part in known if part.present is not None]
    sizes = [part.size for part in known]
    if masks and max(sizes) > 1:
        return None  # which combinations are there would have to be crossed, too
    crosses = tf.sparse.cross_hashed(
        [tf.reshape(part.ids, [-1, part.size]) for part in known],
        column.hash_bucket_size,
        column.hash_key,
    )
    present = functools.reduce(tf.logical_and, masks) if masks else None
    return DenseIds(crosses.values, math.prod(sizes), present)


def _crossed_part(key: Any, cache: FeatureCache, state: ColumnState) -> DenseIds | None:
    """One of the things crossed; a feature's own values count as ids."""
    if not isinstance(key, str):
        return None if kind_of(key) == "CrossedColumn" else dense_ids(key, cache, state)
    flat = cache.flat(key)
    return None if flat is None else DenseIds(*flat)


_MAKERS = {
    "IdentityCategoricalColumn": _of_integers,
    "HashedCategoricalColumn": _of_values,
    "VocabularyListCategoricalColumn": _of_values,
    "VocabularyFileCategoricalColumn": _of_values,
    "BucketizedColumn": _of_buckets,
    "CrossedColumn": _of_crosses,
}
