"""The record that a feature spec cannot parse: found after TensorFlow has met it.

What TensorFlow says of a parse that failed has the feature's name, at best. The record is found by
reading the files again.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trainwright.data.example_message import KINDS, example_features
from trainwright.data.tfrecord import read_records
from trainwright.data.validation.expectations import Expectation
from trainwright.errors import DataError

__all__ = ["expected_by_message", "expected_by_spec", "find_misfit", "misfit"]

_TYPES = {"int64": "INT", "float": "FLOAT", "float32": "FLOAT", "string": "BYTES"}
_DTYPES = {"INT": "int64", "FLOAT": "float32", "BYTES": "string"}
_HELD = {"INT": "integers", "FLOAT": "floating-point numbers", "BYTES": "texts"}
_KEY = r"Key: (?P<name>.*?)(?:, Index: \d+)?\.\s+"
_REQUIRED = re.compile(r"Feature: (?P<name>.*?) \(data type: (?P<type>\w+)\) is required but")
_TYPE = re.compile(
    _KEY + r"Data types don't match\. (?:Data type: \w+ but expected type|Expected type): "
    r"(?P<type>\w+)"
)
_SHAPE = re.compile(
    _KEY + r"Number of (?P<type>\w+) values != expected\.\s+Values size: \d+ but output shape: "
    r"\[(?P<shape>[\d,]*)\]"
)
_UNPARSABLE = "Could not parse example input"


def expected_by_spec(spec: Mapping[str, Any]) -> dict[str, Expectation]:
    """What a parsing spec asks of the features of an Example.

    Args:
        spec: as ``tf.io.parse_example`` takes it.
    """
    found: dict[str, Expectation] = {}
    for name, feature in spec.items():
        kind = _TYPES.get(feature.dtype.name)
        if hasattr(feature, "index_key"):  # a SparseFeature
            keys = feature.index_key
            for key in [keys] if isinstance(keys, str) else keys:
                found[key] = Expectation(key, "INT")
            found[feature.value_key] = Expectation(feature.value_key, kind)
        elif hasattr(feature, "partitions"):  # a RaggedFeature
            key = feature.value_key or name
            found[key] = Expectation(key, kind)
        elif hasattr(feature, "allow_missing"):  # a FixedLenSequenceFeature
            found[name] = Expectation(name, kind, needed=not feature.allow_missing)
        elif hasattr(feature, "shape"):
            shape = tuple(int(size) for size in feature.shape)
            needed = feature.default_value is None
            found[name] = Expectation(name, kind, math.prod(shape), shape, needed=needed)
        else:
            found[name] = Expectation(name, kind)
    return found


def expected_by_message(message: str) -> dict[str, Expectation] | None:
    """What must have been asked for where TensorFlow fails to parse with this message.

    Returns:
        None where the message is about something else; empty where any Example would do.

    Example:
        >>> text = "Feature: c (data type: float) is required but could not be found."
        >>> expected_by_message(text)["c"].needed
        True
    """
    if _UNPARSABLE in message:
        return {}
    for pattern in (_REQUIRED, _TYPE, _SHAPE):
        match = pattern.search(message)
        if match:
            name, kind = match["name"], _TYPES.get(match["type"])
            if pattern is not _SHAPE:
                return {name: Expectation(name, kind, needed=pattern is _REQUIRED)}
            shape = tuple(int(size) for size in match["shape"].split(",") if size)
            return {name: Expectation(name, kind, math.prod(shape), shape)}
    return None


def find_misfit(files: Iterable[str], expected: Sequence[Expectation]) -> DataError | None:
    """Reads files until a record is not as expected.

    Args:
        files: TFRecord files of Examples.
        expected: what a parser asks for.

    Returns:
        What is wrong, as an error that may be raised; None when nothing is.

    Raises:
        CorruptRecordError: a file is damaged before anything else is found.
        DataError: a file cannot be opened.
    """
    for file in files:
        for number, record in enumerate(read_records(file)):
            found = misfit(record, expected)
            if found is not None:
                what, hint = found
                return DataError(f"Record {number} of {file} cannot be parsed: {what}.", hint=hint)
    return None


def misfit(record: bytes, expected: Sequence[Expectation]) -> tuple[str, str] | None:
    """What about a record is not as expected, and what to do; None where it is."""
    try:
        features = example_features(record)
    except DataError as error:
        return error.message.rstrip("."), str(error.hint)
    for one in expected:
        feature = features[one.name] if one.name in features else None  # noqa: SIM401
        found = _difference(feature, one)
        if found is not None:
            return found
    return None


def _difference(feature: Any, one: Expectation) -> tuple[str, str] | None:
    kind = None if feature is None else feature.WhichOneof("kind")
    if kind is None:
        if not one.needed:
            return None
        return (
            f"it has no feature `{one.name}`, which the feature spec requires",
            "Give the feature a default_value in the spec, or parse it as a VarLenFeature.",
        )
    if one.kind is not None and KINDS[kind] != one.kind:
        return (
            f"its feature `{one.name}` holds {_HELD[KINDS[kind]]}, and the feature spec says "
            f"{_DTYPES[one.kind]}",
            f"Write {_DTYPES[KINDS[kind]]} into the spec, or correct the data.",
        )
    count = len(getattr(feature, kind).value)
    if one.size is not None and count != one.size:
        return (
            f"its feature `{one.name}` has {count:,} value{'s' * (count != 1)}, and the feature "
            f"spec says {one.size:,} (shape {list(one.shape or ())})",
            "Correct the shape in the spec, or parse the feature as a VarLenFeature.",
        )
    return None
