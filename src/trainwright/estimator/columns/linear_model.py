"""A linear model over feature columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.columns import scopes
from trainwright.estimator.columns.cache import FeatureCache
from trainwright.estimator.columns.grouped import grouped_sums
from trainwright.estimator.columns.kinds import check_columns, is_categorical, is_dense
from trainwright.estimator.columns.state import ColumnState, scope_of
from trainwright.estimator.columns.tensors import dense_values, weighted_ids
from trainwright.estimator.initial_values import zeros

v1 = tf.compat.v1

COMBINERS = ("sum", "mean", "sqrtn")


class LinearOutput(NamedTuple):
    """The logits of a linear model and its variables."""

    logits: tf.Tensor
    weights: list[tf.Variable]
    bias: tf.Variable


def linear_model(
    features: Mapping[str, Any],
    columns: Any,
    units: int,
    sparse_combiner: str,
    scope: str,
    op_scope: str,
) -> LinearOutput:
    """The weighted sum of all columns, plus a bias.

    Args:
        features: tensors by name, ``[batch, ...]``.
        columns: dense and categorical feature columns.
        units: how many sums.
        sparse_combiner: how several ids of one categorical column are combined: ``"sum"``,
            ``"mean"`` or ``"sqrtn"``.
        scope: variables are called ``{scope}/{column}/weights`` and ``{scope}/bias_weights``.
        op_scope: the name scope of the operations, below the open variable scope, as
            ``scope`` is.

    Returns:
        Logits, float32 ``[batch, units]``, and the variables; all are zeros at first.

    Raises:
        InvalidArgumentError: no columns, ones that are neither dense nor categorical, or an
            unknown combiner.
        ValueError: a feature that a column needs is not there.
    """
    if sparse_combiner not in COMBINERS:
        raise InvalidArgumentError(
            f"sparse_combiner must be one of {', '.join(map(repr, COMBINERS))}. Got "
            f"{sparse_combiner!r} instead."
        )
    ordered = check_columns(columns)
    state, cache = ColumnState(scope), FeatureCache(features)
    weights = [_make_weights(column, units, state) for column in ordered]
    bias = v1.get_variable(f"{scope}/bias_weights", [units], initializer=zeros, use_resource=True)
    with tf.name_scope(scopes.op_scope(op_scope)):
        sums = grouped_sums(ordered, weights, cache, state)
        for place, (column, matrix) in enumerate(zip(ordered, weights, strict=True)):
            if place not in sums:
                with tf.name_scope(scope_of(column)):
                    sums[place] = _weighted_sum(column, matrix, sparse_combiner, cache, state)
        total = tf.add_n(
            [sums[place] for place in range(len(ordered))], name="weighted_sum_no_bias"
        )
        logits = tf.nn.bias_add(total, bias, name="weighted_sum")
    return LinearOutput(logits, weights, bias)


def _make_weights(column: Any, units: int, state: ColumnState) -> tf.Variable:
    state.prepare(column)
    if is_categorical(column):
        rows = column.num_buckets
    elif is_dense(column):
        rows = column.variable_shape.num_elements()
    else:
        raise InvalidArgumentError(
            f"A linear model takes numbers and categorical columns. Got {column} instead."
        )
    return state.create_variable(column, "weights", shape=[rows, units], initializer=zeros)


def _weighted_sum(
    column: Any, weights: tf.Variable, combiner: str, cache: FeatureCache, state: ColumnState
) -> tf.Tensor:
    # A bucketized column is both: as ids its weights get sparse gradients, so that optimizers
    # leave the weights of buckets that are not in the batch alone.
    if is_categorical(column):
        return weighted_ids(column, weights, combiner, cache, state)
    return tf.matmul(dense_values(column, cache, state), weights, name="weighted_sum")
