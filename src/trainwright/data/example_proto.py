"""Encodes tf.train.Example messages from columns, without TensorFlow and without protobuf.

In the wire format a ``Features`` map is a sequence of its entries, so a row is the
concatenation of one entry for each of its features. Columns repeat values: each distinct
(feature, value) pair is encoded once, and a row costs one join. The messages are
tensorflow/core/example/{example,feature}.proto; the wire format is described at
https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from trainwright.data.columns import as_array, is_float, is_integer, is_list, is_text
from trainwright.errors import InvalidArgumentError

__all__ = ["encode_example", "encode_examples"]

_LENGTH_DELIMITED = 2


def encode_examples(columns: Mapping[str, Any]) -> Iterator[bytes]:
    """Yields one serialized tf.train.Example for each row.

    Args:
        columns: feature name -> array of shape `[rows]`: anything that pyarrow makes an array
            of integers, booleans (as int64), floats (as float32), strings, bytes, or lists of
            one of them. A null is a feature the row does not have; an empty list is one that
            it has, without values.

    Raises:
        InvalidArgumentError: columns of different lengths, or of a type no feature can have.

    Example:
        >>> rows = list(encode_examples({"n": [7, 7], "word": pa.array(["a", None])}))
        >>> [len(row) for row in rows]
        [29, 14]
    """
    arrays = {name: as_array(name, values) for name, values in columns.items()}
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        raise InvalidArgumentError(f"Columns must be of equal length. Got {lengths} instead.")
    entries = [_entries(name, array) for name, array in arrays.items()]
    return map(encode_example, zip(*entries, strict=True))


def encode_example(entries: Sequence[bytes]) -> bytes:
    """One Example from the encoded entries of its feature map."""
    return _field(1, b"".join(entries))


def _entries(name: str, array: pa.Array) -> list[bytes]:
    """The map entry of each row for one feature, empty where the row does not have it."""
    if pa.types.is_null(array.type):
        return [b""] * len(array)
    if is_list(array.type):
        return _list_entries(name, array)
    encoded = array.cast(pa.float32()) if pa.types.is_floating(array.type) else array
    encoded = encoded.dictionary_encode()
    encode = _encoder(name, array.type)
    distinct = [_entry(name, encode([value])) for value in encoded.dictionary.to_pylist()]
    # The last one stands for null, which arrow's indices do not have a number for.
    lookup = np.array([*distinct, b""], dtype=object)
    indices = encoded.indices.fill_null(len(distinct)).to_numpy(zero_copy_only=False)
    return lookup[indices].tolist()  # type: ignore[no-any-return]


def _list_entries(name: str, array: pa.Array) -> list[bytes]:
    encode = _encoder(name, array.type.value_type)
    seen: dict[tuple[Any, ...] | None, bytes] = {None: b""}
    entries = []
    for value in array.to_pylist():
        key = value if value is None else tuple(value)
        if key not in seen:
            if None in value:
                raise InvalidArgumentError(f"Column {name!r} has a list with a null in it.")
            seen[key] = _entry(name, encode(value))
        entries.append(seen[key])
    return entries


def _entry(name: str, feature: bytes) -> bytes:
    """An entry of Features.feature: key = 1, value = 2, inside field 1."""
    return _field(1, _field(1, name.encode()) + _field(2, feature))


def _encoder(name: str, type_: pa.DataType) -> Callable[[Sequence[Any]], bytes]:
    """What makes a Feature message of a list of values of this type."""
    if is_integer(type_):
        return _int64_feature
    if is_float(type_):
        return _float_feature
    if is_text(type_):
        return _text_feature
    raise InvalidArgumentError(
        f"Column {name!r} is of type {type_}. A feature holds integers, booleans, floats, "
        "strings or bytes."
    )


def _text_feature(values: Sequence[str | bytes]) -> bytes:
    encoded = (value.encode() if isinstance(value, str) else value for value in values)
    return _field(1, b"".join(_field(1, value) for value in encoded))


def _float_feature(values: Sequence[float]) -> bytes:
    packed = np.asarray(values, dtype="<f4").tobytes()
    return _field(2, _field(1, packed) if packed else b"")


def _int64_feature(values: Sequence[int]) -> bytes:
    packed = b"".join(_varint(int(value) & 0xFFFFFFFFFFFFFFFF) for value in values)
    return _field(3, _field(1, packed) if packed else b"")


def _field(number: int, data: bytes) -> bytes:
    return b"%c%b%b" % (number << 3 | _LENGTH_DELIMITED, _varint(len(data)), data)


def _varint(value: int) -> bytes:
    """A non-negative integer in groups of 7 bits, the lowest first, all but the last marked."""
    groups = bytearray()
    while value > 0x7F:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    groups.append(value)
    return bytes(groups)
