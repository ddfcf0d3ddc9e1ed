"""A transform graph of the older kind: placeholders, and a signature that names them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from trainwright.errors import ArtifactError, InvalidArgumentError
from trainwright.transform.dependencies import computable

__all__ = ["PlaceholderGraph"]

_SIGNATURE = "transform_signature"


class PlaceholderGraph:
    """A loaded SavedModel with the signature ``transform_signature``.

    Args:
        folder: where the SavedModel is.
        model: what ``tf.saved_model.load`` made of it.

    Raises:
        ArtifactError: it has no such signature.
    """

    def __init__(self, folder: Path, model: Any):
        self.model = model
        signature = _signature(folder)
        self._inputs = {n: self._tensors(info) for n, info in sorted(signature.inputs.items())}
        self._outputs = {n: self._tensors(info) for n, info in sorted(signature.outputs.items())}

    @property
    def input_names(self) -> list[str]:
        """Names of the raw features it was made for."""
        return list(self._inputs)

    @property
    def output_names(self) -> list[str]:
        """Names of the transformed features."""
        return list(self._outputs)

    def _tensors(self, info: Any) -> list[Any]:
        """The tensors of an input or output in the model's graph; three of a sparse one."""
        if info.WhichOneof("encoding") == "coo_sparse":
            sparse = info.coo_sparse
            names = [
                sparse.indices_tensor_name,
                sparse.values_tensor_name,
                sparse.dense_shape_tensor_name,
            ]
        else:
            names = [info.name]
        return [self.model.graph.get_tensor_by_name(name) for name in names]

    def apply(self, features: Mapping[str, Any]) -> dict[str, Any]:
        """Transforms raw features; outputs that need a feature not given are left out."""
        given = [name for name in self._inputs if name in features]
        wanted = computable(self._inputs, self._outputs, given)
        if not given:
            raise InvalidArgumentError(
                f"None of the features given ({', '.join(features) or 'none at all'}) is an input "
                f"of the transform graph. Its inputs: {', '.join(self._inputs)}."
            )
        feeds = [tensor for name in given for tensor in self._inputs[name]]
        fetches = [tensor for name in wanted for tensor in self._outputs[name]]
        values = [part for name in given for part in _parts(name, features[name])]
        results = iter(self.model.prune(feeds, fetches)(*values))
        return {name: _join([next(results) for _ in self._outputs[name]]) for name in wanted}


def _parts(name: str, value: Any) -> list[Any]:
    if isinstance(value, tf.SparseTensor):
        return [value.indices, value.values, value.dense_shape]
    if isinstance(value, tf.RaggedTensor):
        raise InvalidArgumentError(
            f"Feature {name!r} is ragged. This transform graph takes dense and sparse features."
        )
    return [tf.convert_to_tensor(value)]


def _join(parts: list[Any]) -> Any:
    return parts[0] if len(parts) == 1 else tf.SparseTensor(*parts)


def _signature(folder: Path) -> Any:
    """The signature, read off the file: a loaded one has lost the parts of sparse tensors."""
    saved = saved_model_pb2.SavedModel.FromString((folder / "saved_model.pb").read_bytes())
    for meta_graph in saved.meta_graphs:
        if _SIGNATURE in meta_graph.signature_def:
            return meta_graph.signature_def[_SIGNATURE]
    known = sorted(name for graph in saved.meta_graphs for name in graph.signature_def)
    raise ArtifactError(
        f"The SavedModel at {folder} is no transform graph: it has neither a function transform_fn "
        f"nor a signature {_SIGNATURE}. Its signatures: {', '.join(known) or 'none'}."
    )
