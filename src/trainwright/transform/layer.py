"""A transformation that a model can keep."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import tensorflow as tf

if TYPE_CHECKING:
    from trainwright.transform.output import TFTransformOutput

__all__ = ["TransformFeaturesLayer"]


class TransformFeaturesLayer(tf.Module):
    """Transforms raw features, and keeps the vocabularies that this takes.

    It can be called with tensors, and with what ``keras.Input`` returns, of Keras 3 or of tf_keras:
    it is then a layer of the model that is made of them.

    Args:
        output: the transform output to apply.
    """

    def __init__(self, output: TFTransformOutput):
        super().__init__(name="transform_features_layer")
        self._apply = output.transform_raw_features
        self._model = output.load_transform_graph()  # an attribute: saved with what has the layer

    def __call__(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Raw feature -> tensor, to transformed feature -> tensor."""
        keras = _keras_of(inputs.values())
        if keras is None:
            return self._apply(inputs)
        transformed: dict[str, Any] = _as_keras_layer(keras, self)(dict(inputs))
        return transformed


def _keras_of(values: Any) -> Any:
    """The package whose symbolic tensors these are, None of tensors."""
    for value in values:
        package = type(value).__module__.partition(".")[0]
        if type(value).__name__ in _SYMBOLIC and package in ("keras", "tf_keras"):
            return sys.modules[package]
    return None


_SYMBOLIC = ("KerasTensor", "SparseKerasTensor", "RaggedKerasTensor")


def _as_keras_layer(keras: Any, transform: TransformFeaturesLayer) -> Any:
    class TransformFeatures(keras.layers.Layer):
        """Transforms raw features; it has no weights."""

        def __init__(self) -> None:
            super().__init__(trainable=False)
            self.transform = transform

        def call(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
            return dict(transform(inputs))

    return TransformFeatures()
