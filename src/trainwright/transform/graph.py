"""The SavedModel of a transform graph, applied to raw features.

TF Transform writes it in one of two ways. From TensorFlow 2 on, the model has a function
``transform_fn`` that takes a dict of raw features. Before that, and with ``force_tf_compat_v1``, it
has a signature ``transform_signature`` on a graph of placeholders.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf

from trainwright.errors import ArtifactError, InvalidArgumentError
from trainwright.transform.dependencies import computable
from trainwright.transform.placeholders import PlaceholderGraph

__all__ = ["LoadedTransform", "load_transform"]


class LoadedTransform:
    """A transform graph in the current graph, or in eager execution.

    Args:
        function: applies it: a dict of all raw features -> a dict of the transformed ones.
        model: the SavedModel, whose tables must live as long as the function.
    """

    def __init__(self, function: Any, model: Any):
        self.model = model
        self._function = function
        # What was saved as a tf.function comes back as one, around what has the signature.
        traced = (getattr(function, "concrete_functions", None) or [function])[0]
        self._specs: dict[str, Any] = dict(traced.structured_input_signature[0][0])
        # Of a function's inputs, those after the arguments' are captured tables and constants.
        self._inputs = _by_name(self._specs, traced.inputs)
        self._outputs = _by_name(dict(traced.structured_outputs), traced.outputs)

    @property
    def input_names(self) -> list[str]:
        """Names of the raw features it was made for."""
        return list(self._inputs)

    @property
    def output_names(self) -> list[str]:
        """Names of the transformed features."""
        return list(self._outputs)

    def apply(self, features: Mapping[str, Any]) -> dict[str, Any]:
        """Transforms raw features; outputs that need a feature not given are left out."""
        given = {name: features[name] for name in self._inputs if name in features}
        if not given:
            raise _no_features(features, self._inputs)
        rows = _rows(next(iter(given.values())))
        absent = {
            name: _empty(spec, rows) for name, spec in self._specs.items() if name not in given
        }
        results = self._function(given | absent)
        return {name: results[name] for name in computable(self._inputs, self._outputs, given)}


def _no_features(features: Mapping[str, Any], known: Any) -> InvalidArgumentError:
    return InvalidArgumentError(
        f"None of the features given ({', '.join(features) or 'none at all'}) is an input of the "
        f"transform graph. Its inputs: {', '.join(known)}."
    )


def load_transform(folder: Path) -> LoadedTransform | PlaceholderGraph:
    """Loads the SavedModel of a transform graph.

    In a v1 graph its variables, tables and assets join the graph's collections, so that what is
    exported of the graph keeps its vocabularies.

    Args:
        folder: ``transform_fn`` in the output directory of TF Transform.

    Raises:
        ArtifactError: there is no SavedModel, or none that TF Transform wrote.
    """
    if not (folder / "saved_model.pb").is_file():
        raise ArtifactError(
            f"There is no SavedModel at {folder}.",
            hint="A transform graph is a directory with transform_fn/ and transformed_metadata/.",
        )
    with tf.init_scope():  # out of tf.function, to where tables can be made
        model = tf.saved_model.load(str(folder))
        function = getattr(model, "transform_fn", None)
        if function is not None:
            return LoadedTransform(function, model)
        return PlaceholderGraph(folder, model)


def _by_name(specs: Mapping[str, Any], tensors: Any) -> dict[str, list[Any]]:
    """Deals a flat list of tensors out to the names, which TensorFlow sorts."""
    waiting = iter(tensors)
    return {
        name: [next(waiting) for _ in tf.nest.flatten(specs[name], expand_composites=True)]
        for name in sorted(specs)
    }


def _rows(value: Any) -> Any:
    """The number of rows of a batch, an int64 scalar."""
    if isinstance(value, tf.SparseTensor):
        return value.dense_shape[0]
    if isinstance(value, tf.RaggedTensor):
        return tf.cast(value.nrows(), tf.int64)
    return tf.shape(value, out_type=tf.int64)[0]


def _empty(spec: Any, rows: Any) -> Any:
    """A batch without values, in the place of a feature that is not given."""
    if isinstance(spec, tf.SparseTensorSpec):
        rank = spec.shape.rank or 2
        indices = tf.zeros([0, rank], tf.int64)
        shape = tf.concat([[rows], tf.zeros([rank - 1], tf.int64)], axis=0)
        return tf.SparseTensor(indices, tf.zeros([0], spec.dtype), shape)
    if isinstance(spec, tf.RaggedTensorSpec):
        lengths = tf.zeros([rows], spec.row_splits_dtype)
        values = tf.zeros([0, *(size or 0 for size in spec.shape[2:])], spec.dtype)
        return tf.RaggedTensor.from_row_lengths(values, lengths)
    sizes = tf.constant([size or 0 for size in spec.shape[1:]], tf.int64)
    return tf.zeros(tf.concat([[rows], sizes], axis=0), spec.dtype)
