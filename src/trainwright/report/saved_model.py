"""Signatures of a SavedModel, without TensorFlow.

``saved_model.pb`` is a SavedModel message (tensorflow/core/protobuf/saved_model.proto) with
``meta_graphs`` 2; of a MetaGraphDef (meta_graph.proto), ``meta_info_def`` is 1, in which
``tensorflow_version`` is 5, and ``signature_def`` 5, a map. A SignatureDef has the maps ``inputs``
1 and ``outputs`` 2 and the ``method_name`` 3; a TensorInfo ``dtype`` 2 and ``tensor_shape`` 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from trainwright.errors import DataError
from trainwright.report.checkpoint_index import dtype_name, read_shape
from trainwright.report.wire import messages, number, text

__all__ = ["Signature", "Tensor", "read_signatures"]

_KERAS_INIT = "__saved_model_init_op"


class Tensor(NamedTuple):
    """An input or an output of a signature, such as ``scores float32 [?, 2]``."""

    name: str
    dtype: str
    shape: str


class Signature(NamedTuple):
    """A way to call a model.

    Attributes:
        name: the key, such as ``serving_default``.
        method: the end of the method's name, such as ``classify``.
        inputs: by name.
        outputs: by name.
    """

    name: str
    method: str
    inputs: list[Tensor]
    outputs: list[Tensor]


def read_signatures(saved_model: Path) -> list[Signature]:
    """The signatures of a SavedModel, in the order of their names.

    Args:
        saved_model: its directory.

    Raises:
        DataError: there is no ``saved_model.pb``, or it is none.
    """
    path = saved_model / "saved_model.pb"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from error
    found = {}
    for name, value in _map(data, 2, 5):
        method = text(value, 3).rpartition("/")[2]
        found[name] = Signature(name, method, _tensors(value, 1), _tensors(value, 2))
    return [found[name] for name in sorted(found) if name != _KERAS_INIT]


def _map(data: bytes, *path: int) -> Iterator[tuple[str, bytes]]:
    """Keys and values of a map from strings to messages."""
    for entry in messages(data, *path):
        yield text(entry, 1), b"".join(messages(entry, 2))


def _tensors(signature: bytes, field: int) -> list[Tensor]:
    return sorted(
        Tensor(name, dtype_name(number(info, 2)), _shape(info))
        for name, info in _map(signature, field)
    )


def _shape(info: bytes) -> str:
    for shape in messages(info, 3):
        if number(shape, 3):
            return "any shape"
        return f"[{', '.join('?' if size < 0 else str(size) for size in read_shape(shape))}]"
    return "[]"
