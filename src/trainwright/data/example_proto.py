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
import numpy.typing as npt
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
    if is_float(array.type) or is_integer(array.type):
        return _number_entries(name, array)
    encoded = array.dictionary_encode()
    encode = _encoder(name, array.type)
    distinct = [_entry(name, encode([value])) for value in encoded.dictionary.to_pylist()]
    # The last one stands for null, which arrow's indices do not have a number for.
    lookup = np.array([*distinct, b""], dtype=object)
    indices = encoded.indices.fill_null(len(distinct)).to_numpy(zero_copy_only=False)
    return lookup[indices].tolist()  # type: ignore[no-any-return]


def _number_entries(name: str, array: pa.Array) -> list[bytes]:
    """As :func:`_entries`, of a column of numbers, all rows at once.

    A number's bytes are the last ones of its entry. What stands before them depends on how many
    they are, and on nothing else.
    """
    rows = np.flatnonzero(array.is_valid().to_numpy(zero_copy_only=False))
    present = array.drop_null()
    entries = np.full(len(array), b"", dtype=object)
    if is_float(array.type):
        floats = present.cast(pa.float32()).to_numpy(zero_copy_only=False).astype("<f4")
        tails = {4: (rows, np.frombuffer(floats.tobytes(), np.uint8).reshape(-1, 4))}
        example = {4: _float_feature([0.0])}
    else:
        integers = present.cast(pa.int64(), safe=False).to_numpy(zero_copy_only=False)
        tails = _varints(rows, integers.astype(np.uint64))
        example = {size: _int64_feature([1 << (7 * size - 7)]) for size in tails}
    for size, (places, tail) in tails.items():
        head = np.frombuffer(_entry(name, example[size])[:-size], np.uint8)
        data = np.concatenate([np.tile(head, (len(places), 1)), tail], axis=1).tobytes()
        width = len(head) + size
        own = np.empty(len(places), dtype=object)
        own[:] = [data[begin : begin + width] for begin in range(0, len(data), width)]
        entries[places] = own
    return entries.tolist()  # type: ignore[no-any-return]


def _varints(
    rows: npt.NDArray[np.int64], values: npt.NDArray[np.uint64]
) -> dict[int, tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]]:
    """Size in bytes -> the rows whose varints are of that size, and those, `[rows, size]`."""
    found = {}
    sizes = np.ones(len(values), np.int64)
    for size in range(1, 10):
        sizes += values >> np.uint64(7 * size) > 0
    for size in np.unique(sizes).tolist():
        own = sizes == size
        shifts = np.arange(size, dtype=np.uint64) * np.uint64(7)
        groups = ((values[own][:, np.newaxis] >> shifts) & np.uint64(0x7F)).astype(np.uint8)
        groups[:, :-1] |= 0x80
        found[size] = (rows[own], groups)
    return found


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
