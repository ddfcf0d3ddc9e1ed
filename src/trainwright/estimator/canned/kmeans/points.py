"""From features to points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from trainwright.errors import InvalidArgumentError


def points_of(features: Any, columns: Any) -> tf.Tensor:
    """The features of a batch as a matrix.

    Args:
        features: float32 ``[n, d]``; or ``[n, d_i]`` by name, which lie side by side in the order
            of their names.
        columns: dense feature columns, to which the features are then given; None or empty for
            none.

    Returns:
        float32 ``[n, d]``.

    Raises:
        InvalidArgumentError: something else.
    """
    if columns:
        return tf.compat.v1.feature_column.input_layer(features, columns)
    if isinstance(features, Mapping):
        named = [_matrix(features[name], f"Feature {name!r}") for name in sorted(features)]
        return tf.concat(named, 1)
    return _matrix(features, "The features")


def _matrix(values: Any, what: str) -> tf.Tensor:
    if not tf.is_tensor(values) or isinstance(values, tf.SparseTensor | tf.RaggedTensor):
        raise InvalidArgumentError(
            f"{what} must be a float32 tensor [points, coordinates]. Got {values!r} instead."
        )
    if values.dtype != tf.float32 or values.shape.rank not in (None, 2):
        raise InvalidArgumentError(
            f"{what} must be a float32 tensor [points, coordinates]. Got one of dtype "
            f"{values.dtype.name} and shape {values.shape} instead."
        )
    return values
