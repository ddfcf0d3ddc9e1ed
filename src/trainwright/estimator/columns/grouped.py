"""Weights of several categorical columns looked up side by side.

A linear model over many columns of one id an example runs the same small operations for each of
them. Here what all have in common runs once, for all ids one after the other; only what belongs to
a variable is done for each. Outputs, gradients and the rows that these name are those of
:mod:`~trainwright.estimator.columns.lookup`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from trainwright.estimator.columns.cache import FeatureCache
from trainwright.estimator.columns.dense_ids import DenseIds, dense_ids, kind_of, valid_ids
from trainwright.estimator.columns.kinds import is_categorical
from trainwright.estimator.columns.lookup import is_whole
from trainwright.estimator.columns.state import ColumnState, scope_of
from trainwright.estimator.columns.switch import lowering_enabled


class _Group(NamedTuple):
    """The ids of columns, one for each example.

    Args:
        columns: which columns these are, by their place.
        ids: of each column, int64 ``[batch]``; 0 where an example has none.
        valid: which ids are there, bool ``[columns * batch]``, column by column.
    """

    columns: list[int]
    ids: list[tf.Tensor]
    valid: tf.Tensor


def grouped_sums(
    columns: Sequence[Any], weights: Sequence[Any], cache: FeatureCache, state: ColumnState
) -> dict[int, tf.Tensor]:
    """The weights that ids choose, for those columns that can be computed together.

    Args:
        columns: of a linear model.
        weights: ``[column.num_buckets, units]`` of each categorical column.
        cache: the features.
        state: has the columns' tables.

    Returns:
        ``[batch, units]`` by the place of the column, zeros for examples without an id. The other
        columns have to be computed one by one.
    """
    if not lowering_enabled():
        return {}
    able = [
        place
        for place, (column, matrix) in enumerate(zip(columns, weights, strict=True))
        if is_categorical(column) and is_whole(matrix)
    ]
    integers = [place for place in able if _is_range(columns[place], cache)]
    groups = [_integers_together(integers, columns, cache)] if len(integers) > 1 else []
    done = set(groups[0].columns) if groups else set()
    others: dict[int, DenseIds] = {}
    for place in able:
        found = None if place in done else _one_id(columns[place], cache, state)
        if found is not None:
            others[place] = found
    if len(others) > 1:
        groups.append(_together(others))
    sums: dict[int, tf.Tensor] = {}
    for group in groups:
        chosen = [weights[place] for place in group.columns]
        sums.update(zip(group.columns, _rows(chosen, group), strict=True))
    return sums


def _is_range(column: Any, cache: FeatureCache) -> bool:
    """Whether it is an identity column of one int64 an example, with a default value."""
    if kind_of(column) != "IdentityCategoricalColumn" or column.default_value is None:
        return False
    flat = cache.flat(column.key)
    return flat is not None and flat[0].dtype == tf.int64 and flat[1] == 1


def _integers_together(places: list[int], columns: Sequence[Any], cache: FeatureCache) -> _Group:
    values = []
    for place in places:
        flat = cache.flat(columns[place].key)
        assert flat is not None
        values.append(flat[0])
    stacked = tf.stack(values)
    sizes = [[columns[place].number_buckets] for place in places]
    defaults = [[columns[place].default_value] for place in places]
    # As unsigned numbers, negative ones are above any range.
    known = tf.less(tf.bitcast(stacked, tf.uint64), tf.constant(sizes, tf.uint64))
    ids = tf.where(known, stacked, tf.constant(defaults, tf.int64))
    valid = tf.not_equal(stacked, tf.constant(-1, tf.int64))
    if any(default for (default,) in defaults):
        ids = tf.where(valid, ids, tf.constant(0, tf.int64))
    return _Group(places, tf.unstack(ids, len(places)), tf.reshape(valid, [-1]))


def _one_id(column: Any, cache: FeatureCache, state: ColumnState) -> DenseIds | None:
    """The ids of a column that has one for each example, or none."""
    with tf.name_scope(scope_of(column)):
        found = dense_ids(column, cache, state)
    whole = found is None or found.size != 1 or (found.present is None and not found.signed)
    return None if whole else found


def _together(found: Mapping[int, DenseIds]) -> _Group:
    valid = tf.concat([valid_ids(ids) for ids in found.values()], axis=0)
    ids = tf.concat([each.ids for each in found.values()], axis=0)
    named = tf.where(valid, ids, tf.constant(0, tf.int64))
    return _Group(list(found), tf.split(named, len(found)), valid)


def _rows(weights: Sequence[Any], group: _Group) -> list[tf.Tensor]:
    """Rows of each matrix by its ids, zeros where there is none; each row's gradient is one sum."""
    count = len(weights)

    def gathered(*handles: tf.Tensor) -> tuple[list[tf.Tensor], Callable[..., list[Any]]]:
        rows = tf.concat(
            [
                tf.raw_ops.ResourceGather(resource=handle, indices=ids, dtype=matrix.dtype)
                for handle, ids, matrix in zip(handles, group.ids, weights, strict=True)
            ],
            axis=0,
        )
        kept = tf.raw_ops.Select(condition=group.valid, x=rows, y=tf.zeros_like(rows))

        def gradient(*upstream: tf.Tensor) -> list[Any]:
            unique = [tf.unique(ids) for ids in group.ids]
            shapes = [tf.constant(matrix.shape.as_list(), tf.int64) for matrix in weights]
            positions = tf.concat([each.idx for each in unique], axis=0)
            # Sums leave out what has a negative position.
            into = tf.split(tf.where(group.valid, positions, -1), count)
            return [
                tf.IndexedSlices(
                    tf.math.unsorted_segment_sum(of_rows, segments, tf.size(each.y)), each.y, shape
                )
                for of_rows, segments, each, shape in zip(
                    upstream, into, unique, shapes, strict=True
                )
            ]

        return tf.split(kept, count), gradient

    found: list[tf.Tensor] = tf.custom_gradient(gathered)(*(matrix.handle for matrix in weights))
    for rows, matrix in zip(found, weights, strict=True):
        rows.set_shape([None, matrix.shape[1]])
    return found
