"""Columns as the op of dual coordinate ascent takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.columns.cache import FeatureCache
from trainwright.estimator.columns.kinds import check_columns, is_categorical
from trainwright.estimator.columns.state import ColumnState, scope_of

v1 = tf.compat.v1

_BIAS = "/bias_weights"


class SparseInput(NamedTuple):
    """One categorical column in a batch, each id at most once an example.

    Args:
        examples: int64 ``[n]``, indices into the batch.
        ids: int64 ``[n]``.
        values: float32 ``[n]``.
        weights: the model's weights ``[buckets, 1]``.
        unshrunk: the same before l1 regularization.
    """

    examples: tf.Tensor
    ids: tf.Tensor
    values: tf.Tensor
    weights: tf.Variable
    unshrunk: tf.Variable


class DenseInput(NamedTuple):
    """One dense column in a batch, or the bias.

    Args:
        values: float32 ``[batch, n]``.
        weights: the model's weights ``[n, 1]``, or ``[1]``.
        unshrunk: the same before l1 regularization.
    """

    values: tf.Tensor
    weights: tf.Variable
    unshrunk: tf.Variable


class Inputs(NamedTuple):
    """All columns in a batch."""

    sparse: list[SparseInput]
    dense: list[DenseInput]

    def all(self) -> list[SparseInput | DenseInput]:
        """Those of both kinds."""
        return [*self.sparse, *self.dense]


def inputs_of(
    features: Mapping[str, Any], columns: Any, variables: Sequence[tf.Variable], batch: tf.Tensor
) -> Inputs:
    """The columns of a linear model in a batch.

    Args:
        features: tensors by name.
        columns: the columns of the model.
        variables: its variables, ``{scope}/{column}/weights`` and ``{scope}/bias_weights``.
        batch: size of the batch, an int32 scalar.

    Raises:
        InvalidArgumentError: a dense column whose values are no vector, or a partitioned variable.
    """
    named = _by_name(variables)
    scope = next(name for name in named if name.endswith(_BIAS)).removesuffix(_BIAS)
    outer = v1.get_variable_scope().name
    state = ColumnState(scope.removeprefix(f"{outer}/"))
    cache, made = FeatureCache(features), Inputs([], [])
    for column in check_columns(columns):
        weights = named[f"{scope}/{scope_of(column)}/weights"]
        with v1.variable_scope(v1.get_variable_scope(), reuse=v1.AUTO_REUSE):
            state.prepare(column)
        if is_categorical(column):
            made.sparse.append(_sparse(column, weights, cache, state))
        else:
            values = _dense_values(column, cache, state)
            made.dense.append(DenseInput(values, weights, _unshrunk(weights)))
    bias = named[f"{scope}{_BIAS}"]
    made.dense.append(DenseInput(tf.ones([batch, 1]), bias, _unshrunk(bias)))
    return made


def _by_name(variables: Sequence[tf.Variable]) -> dict[str, tf.Variable]:
    """Variables by the names that checkpoints have for them."""
    named = {}
    for variable in variables:
        name, _, part = variable.op.name.partition("/part_")
        if part not in ("", "0"):
            raise InvalidArgumentError(
                f"LinearSDCA trains variables of one piece. {name} is partitioned.",
                hint="Leave out the partitioner.",
            )
        named[name] = variable
    return named


def _sparse(
    column: Any, weights: tf.Variable, cache: FeatureCache, state: ColumnState
) -> SparseInput:
    pair = column.get_sparse_tensors(cache, state)
    ids = tf.cast(pair.id_tensor.values, tf.int64)
    values = tf.ones_like(ids, tf.float32)
    if pair.weight_tensor is not None:
        values = pair.weight_tensor.values
    known = ids >= 0
    # An id that an example has several times counts as often, as in the model's sum.
    key = tf.boolean_mask(pair.id_tensor.indices[:, 0] * column.num_buckets + ids, known)
    distinct, place = tf.unique(key)
    summed = tf.math.unsorted_segment_sum(tf.boolean_mask(values, known), place, tf.size(distinct))
    return SparseInput(
        distinct // column.num_buckets,
        distinct % column.num_buckets,
        summed,
        weights,
        _unshrunk(weights),
    )


def _dense_values(column: Any, cache: FeatureCache, state: ColumnState) -> tf.Tensor:
    rank = column.variable_shape.rank
    if rank > 1:
        raise InvalidArgumentError(
            f"LinearSDCA takes dense columns whose values are vectors. {column.name} has the shape "
            f"{column.variable_shape}, of rank {rank}.",
            hint="Give a categorical column itself, without indicator_column.",
        )
    return column.get_dense_tensor(cache, state)


def _unshrunk(weights: tf.Variable) -> tf.Variable:
    """The variable beside the weights, below the open variable scope once more: so in 2.15."""
    outer = v1.get_variable_scope().name
    with tf.name_scope(f"{outer}/" if outer else ""):
        return v1.Variable(
            lambda: tf.zeros(weights.shape),
            trainable=False,
            name=f"{weights.op.name}_unshrunk",
            use_resource=True,
        )
