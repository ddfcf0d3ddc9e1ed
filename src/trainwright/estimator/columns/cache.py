"""Features and what columns make of them, each made once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf


class FeatureCache:
    """What columns ask for raw features, and for the transformations of other columns.

    Args:
        features: tensors by name.
    """

    def __init__(self, features: Mapping[str, Any]):
        self._features = features
        self._made: dict[Any, Any] = {}

    def get(self, key: Any, state_manager: Any, training: bool | None = None) -> Any:
        """A raw feature by name, or the transformed feature of a column.

        Args:
            key: a feature's name, or a feature column.
            state_manager: holds the variables and tables that a column may need.
            training: unused; columns may pass it.

        Returns:
            A tensor of rank 2 or more, or a sparse one.

        Raises:
            ValueError: there is no such feature, or it has no batch dimension.
        """
        if key not in self._made:
            if isinstance(key, str):
                self._made[key] = self._raw(key)
            else:
                self._made[key] = key.transform_feature(self, state_manager)
        return self._made[key]

    def made(self, key: Any, make: Callable[[], Any]) -> Any:
        """What a function makes of the features, made once for a key."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def flat(self, name: str) -> tuple[tf.Tensor, int] | None:
        """A dense feature as a vector ``[batch * n]``, and n: how many values an example has.

        Returns:
            None for one that is sparse, or of an unknown shape or a rank above 2.
        """
        feature = self.made(("given", name), lambda: self._given(name))
        if not isinstance(feature, tf.Tensor):
            return None
        if feature.shape.rank == 1:
            return feature, 1
        feature = self.get(name, None)
        if feature.shape.rank != 2 or not feature.shape[1]:
            return None
        return self.made(("flat", name), lambda: tf.reshape(feature, [-1])), feature.shape[1]

    def _raw(self, name: str) -> Any:
        value = self.made(("given", name), lambda: self._given(name))
        return _with_value_dimension(value, name) if isinstance(value, tf.Tensor) else value

    def _given(self, name: str) -> Any:
        """A feature as it is: a tensor, or a sparse one."""
        if name not in self._features:
            known = ", ".join(sorted(map(str, self._features))) or "none"
            raise ValueError(
                f"A column needs the feature {name!r}, which the input does not have. It has: "
                f"{known}."
            )
        value = self._features[name]
        if isinstance(value, tf.compat.v1.SparseTensorValue):
            value = tf.SparseTensor.from_value(value)
        if isinstance(value, tf.SparseTensor):
            return value
        if isinstance(value, tf.RaggedTensor):
            return value.to_sparse()
        return tf.convert_to_tensor(value)


def _with_value_dimension(tensor: tf.Tensor, name: str) -> tf.Tensor:
    """``[batch]`` as ``[batch, 1]``, anything of higher rank as it is."""
    rank = tensor.shape.rank
    if rank == 0:
        raise ValueError(
            f"The first dimension of feature {name!r} must be the batch. Got the scalar {tensor} "
            "instead."
        )
    if rank == 1:
        return tf.expand_dims(tensor, -1)
    if rank is None:
        return tf.cond(
            tf.equal(tf.rank(tensor), 1), lambda: tf.expand_dims(tensor, -1), lambda: tensor
        )
    return tensor
