"""The messages tf.train.Example and SequenceExample, read without TensorFlow.

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

__all__ = ["KINDS", "SEQUENCE", "example_features", "sequence_features"]

SEQUENCE = "##SEQUENCE##"
"""The name under which schemas keep the features of sequences."""

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
    return _parsed("Example", record).features.feature  # type: ignore[no-any-return]


def sequence_features(record: bytes) -> dict[str, Any]:
    """The features of a serialized tf.train.SequenceExample, by name.

    Those of the context are as :func:`example_features` gives them. Those of the sequences have
    names as in ``##SEQUENCE##.words``, and the features of their steps in ``.feature``.

    Raises:
        DataError: the record is no SequenceExample.
    """
    message = _parsed("SequenceExample", record)
    sequences = message.feature_lists.feature_list
    found = dict(message.context.feature)
    return found | {f"{SEQUENCE}.{name}": sequences[name] for name in sequences}


def _parsed(kind: str, record: bytes) -> Any:
    try:
        return _classes()[kind].FromString(record)
    except DecodeError as error:
        raise DataError(
            f"A record of {len(record)} bytes is not a tf.train.{kind}: {error}.",
            hint="The payload_format of the Examples artifact may be another one.",
        ) from error


@functools.cache
def _classes() -> dict[str, Any]:
    """The classes of both messages, by name."""
    file = descriptor_pb2.FileDescriptorProto(
        name="trainwright/example.proto", package=_PACKAGE, syntax="proto3"
    )
    for name, type_ in _VALUES.items():
        file.message_type.add(name=name).field.add(
            name="value", number=1, type=type_, label=_FIELD.LABEL_REPEATED
        )
    _add_feature(file)
    _add_map(file, "Features", "feature", "Feature")
    steps = file.message_type.add(name="FeatureList")
    _message_field(steps, "feature", 1, "Feature").label = _FIELD.LABEL_REPEATED
    _add_map(file, "FeatureLists", "feature_list", "FeatureList")
    example = file.message_type.add(name="Example")
    _message_field(example, "features", 1, "Features")
    sequence = file.message_type.add(name="SequenceExample")
    _message_field(sequence, "context", 1, "Features")
    _message_field(sequence, "feature_lists", 2, "FeatureLists")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}"))
        for name in ("Example", "SequenceExample")
    }


def _add_feature(file: Any) -> None:
    """One of three lists."""
    feature = file.message_type.add(name="Feature")
    feature.oneof_decl.add(name="kind")
    lists = (("bytes_list", "BytesList"), ("float_list", "FloatList"), ("int64_list", "Int64List"))
    for number, (name, type_) in enumerate(lists, start=1):
        _message_field(feature, name, number, type_).oneof_index = 0


def _add_map(file: Any, message: str, field: str, type_: str) -> None:
    """A map from names to messages."""
    holder = file.message_type.add(name=message)
    entry = holder.nested_type.add(name=f"{field.title().replace('_', '')}Entry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, type=_FIELD.TYPE_STRING, label=_FIELD.LABEL_OPTIONAL)
    _message_field(entry, "value", 2, type_)
    entries = _message_field(holder, field, 1, f"{message}.{entry.name}")
    entries.label = _FIELD.LABEL_REPEATED


def _message_field(message: Any, name: str, number: int, type_: str) -> Any:
    return message.field.add(
        name=name,
        number=number,
        type=_FIELD.TYPE_MESSAGE,
        type_name=f".{_PACKAGE}.{type_}",
        label=_FIELD.LABEL_OPTIONAL,
    )
