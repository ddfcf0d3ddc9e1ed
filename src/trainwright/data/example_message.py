"""The message tf.train.Example, read without TensorFlow.

The protobuf library reads it as TensorFlow does, given its descriptor, which is written down here.
It is that of tensorflow/core/example/{feature,example}.proto, in a pool and a package of its own:
TensorFlow registers its own in the process's pool.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from trainwright.errors import DataError

__all__ = ["KINDS", "example_features"]

KINDS = {"int64_list": "INT", "float_list": "FLOAT", "bytes_list": "BYTES"}
"""The schema's type by the field that holds a feature's values."""

_PACKAGE = "trainwright.example"
_FIELD = descriptor_pb2.FieldDescriptorProto
_VALUES = {
    "BytesList": _FIELD.TYPE_BYTES,
    "FloatList": _FIELD.TYPE_FLOAT,
    "Int64List": _FIELD.TYPE_INT64,
}


def example_features(record: bytes) -> Mapping[str, Any]:
    """The features of a serialized tf.train.Example, by name.

    Each has ``WhichOneof("kind")``, and the values of that kind in ``.{kind}.value``.

    Raises:
        DataError: the record is no Example.

    Example:
        >>> from trainwright.data.example_proto import encode_examples
        >>> (record,) = encode_examples({"age": [31]})
        >>> list(example_features(record)["age"].int64_list.value)
        [31]
    """
    try:
        return _example_class().FromString(record).features.feature  # type: ignore[no-any-return]
    except DecodeError as error:
        raise DataError(
            f"A record of {len(record)} bytes is not a tf.train.Example: {error}.",
            hint="The payload_format of the Examples artifact may be another one.",
        ) from error


@functools.cache
def _example_class() -> Any:
    file = descriptor_pb2.FileDescriptorProto(
        name="trainwright/example.proto", package=_PACKAGE, syntax="proto3"
    )
    for name, type_ in _VALUES.items():
        file.message_type.add(name=name).field.add(
            name="value", number=1, type=type_, label=_FIELD.LABEL_REPEATED
        )
    _add_feature(file)
    _add_features(file)
    example = file.message_type.add(name="Example")
    _message_field(example, "features", 1, "Features")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Example"))


def _add_feature(file: Any) -> None:
    """One of three lists."""
    feature = file.message_type.add(name="Feature")
    feature.oneof_decl.add(name="kind")
    lists = (("bytes_list", "BytesList"), ("float_list", "FloatList"), ("int64_list", "Int64List"))
    for number, (name, type_) in enumerate(lists, start=1):
        _message_field(feature, name, number, type_).oneof_index = 0


def _add_features(file: Any) -> None:
    """A map from names to features."""
    features = file.message_type.add(name="Features")
    entry = features.nested_type.add(name="FeatureEntry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, type=_FIELD.TYPE_STRING, label=_FIELD.LABEL_OPTIONAL)
    _message_field(entry, "value", 2, "Feature")
    _message_field(features, "feature", 1, "Features.FeatureEntry").label = _FIELD.LABEL_REPEATED


def _message_field(message: Any, name: str, number: int, type_: str) -> Any:
    return message.field.add(
        name=name,
        number=number,
        type=_FIELD.TYPE_MESSAGE,
        type_name=f".{_PACKAGE}.{type_}",
        label=_FIELD.LABEL_OPTIONAL,
    )
