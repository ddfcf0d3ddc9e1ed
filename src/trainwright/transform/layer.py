"""A transformation that a model can keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import tensorflow as tf

if TYPE_CHECKING:
    from trainwright.transform.output import TFTransformOutput

__all__ = ["TransformFeaturesLayer"]


class TransformFeaturesLayer(tf.Module):
    """Transforms raw features, and keeps the vocabularies that this takes.

    Args:
        output: the transform output to apply.
    """

    def __init__(self, output: TFTransformOutput):
        super().__init__(name="transform_features_layer")
        self._apply = output.transform_raw_features
        self._model = output.load_transform_graph()  # an attribute: saved with what has the layer

    def __call__(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Raw feature -> tensor, to transformed feature -> tensor."""
        return self._apply(inputs)
