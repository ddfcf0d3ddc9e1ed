"""Input layers and linear models that take the columns of TensorFlow 1 too.

Those are ``tf.compat.v1.feature_column.shared_embedding_columns``, which know nothing of the
protocol of today's columns; TensorFlow's own functions of that time compute them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from trainwright.estimator.columns.input_layer import input_layer
from trainwright.estimator.columns.kinds import as_list, is_older
from trainwright.estimator.columns.linear_model import LinearOutput, linear_model

v1 = tf.compat.v1

Partitioner = Callable[..., Any]


def mixed_input_layer(
    features: Mapping[str, Any], columns: Any, scope: str, partitioner: Partitioner | None = None
) -> tf.Tensor:
    """The values of dense columns of either kind, as :func:`input_layer` gives them.

    Args:
        features: tensors by name, ``[batch, ...]``.
        columns: dense feature columns.
        scope: ``{outer}/input_layer``, below the open variable scope.
        partitioner: splits the variables; None: the open variable scope's.

    Returns:
        float32 ``[batch, sum of the columns' numbers of values]``.

    Raises:
        InvalidArgumentError: no columns, or some that are not dense.
        ValueError: a feature that a column needs is not there.
    """
    outer, _, layer = scope.rpartition("/")
    with v1.variable_scope(outer, partitioner=partitioner):
        if any(map(is_older, as_list(columns))):
            return v1.feature_column.input_layer(dict(features), columns)
        return input_layer(features, columns, layer)


def mixed_linear_model(
    features: Mapping[str, Any],
    columns: Any,
    units: int,
    sparse_combiner: str,
    scope: str,
    op_scope: str,
) -> LinearOutput:
    """A linear model of columns of either kind, as :func:`linear_model` makes it.

    Args:
        features: tensors by name, ``[batch, ...]``.
        columns: dense and categorical feature columns.
        units: how many sums.
        sparse_combiner: how several ids of one column are combined.
        scope: variables are called ``{scope}/...``; it ends in ``linear_model``.
        op_scope: the name scope of the operations; that of TensorFlow 1's function is its own.

    Returns:
        Logits, float32 ``[batch, units]``, and the variables.

    Raises:
        InvalidArgumentError: no columns, or an unknown combiner.
        ValueError: a feature that a column needs is not there.
    """
    if not any(map(is_older, as_list(columns))):
        return linear_model(features, columns, units, sparse_combiner, scope, op_scope)
    made: dict[Any, Any] = {}
    logits = v1.feature_column.linear_model(
        dict(features), columns, units, sparse_combiner, cols_to_vars=made
    )
    bias = tf.concat(made.pop("bias"), axis=0)
    return LinearOutput(logits, [piece for pieces in made.values() for piece in pieces], bias)
