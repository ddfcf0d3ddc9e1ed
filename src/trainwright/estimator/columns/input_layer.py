"""Dense columns side by side: what a network takes as its input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from trainwright.estimator.columns.cache import FeatureCache
from trainwright.estimator.columns.kinds import check_columns, check_dense
from trainwright.estimator.columns.scopes import op_scope
from trainwright.estimator.columns.state import ColumnState, scope_of
from trainwright.estimator.columns.tensors import dense_values


def input_layer(features: Mapping[str, Any], columns: Any, scope: str) -> tf.Tensor:
    """The values of dense columns, concatenated in the order of the columns' names.

    Args:
        features: tensors by name, ``[batch, ...]``.
        columns: dense feature columns.
        scope: variables are called ``{scope}/{column}/embedding_weights``.

    Returns:
        float32 ``[batch, sum of the columns' numbers of values]``.

    Raises:
        InvalidArgumentError: no columns, or some that are not dense.
        ValueError: a feature that a column needs is not there.
    """
    ordered = check_columns(columns)
    check_dense(ordered)
    state, cache = ColumnState(scope), FeatureCache(features)
    for column in ordered:
        state.prepare(column)
    with tf.name_scope(op_scope(scope)):
        outputs = []
        for column in ordered:
            with tf.name_scope(scope_of(column)):
                outputs.append(dense_values(column, cache, state))
        return tf.concat(outputs, axis=1, name="concat")
