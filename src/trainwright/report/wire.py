"""Protocol buffers, read field by field without their definitions.

The wire format is described at https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Union

from trainwright.errors import DataError

__all__ = ["Value", "fields", "floats", "messages", "number", "signed", "text", "varint"]

Value = Union[int, bytes]  # noqa: UP007 - evaluated on Python 3.10
"""A varint as a number; anything else as its bytes."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_LONGEST_VARINT = 10


def varint(data: bytes, at: int) -> tuple[int, int]:
    """The varint at a place, and the place after it.

    Raises:
        DataError: the data end within it, or it is too long.

    Example:
        >>> varint(bytes([0x96, 0x01]), 0)
        (150, 2)
    """
    value = shift = 0
    for place in range(at, min(at + _LONGEST_VARINT, len(data))):
        value |= (data[place] & 0x7F) << shift
        if data[place] < 0x80:
            return value, place + 1
        shift += 7
    raise DataError(f"No protocol buffer: a number at byte {at} of {len(data)} has no end.")


def fields(data: bytes) -> Iterator[tuple[int, Value]]:
    """Yields number and value of each field of a message, in order.

    Raises:
        DataError: the data are no message.

    Example:
        >>> list(fields(bytes([0x08, 0x96, 0x01, 0x12, 0x02]) + b"ab"))
        [(1, 150), (2, b'ab')]
    """
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == _VARINT:
            value, at = varint(data, at)
            yield key >> 3, value
            continue
        size = 8 if kind == _FIXED64 else 4
        if kind == _BYTES:
            size, at = varint(data, at)
        elif kind not in (_FIXED64, _FIXED32):
            raise DataError(f"No protocol buffer: a field of kind {kind} at byte {at}.")
        if at + size > len(data):
            raise DataError(f"No protocol buffer: a field at byte {at} has no end.")
        yield key >> 3, data[at : at + size]
        at += size


def messages(data: bytes, *path: int) -> Iterator[bytes]:
    r"""Yields the contents of the fields of these numbers, each within the one before.

    Example:
        >>> list(messages(b"\x0a\x03\x12\x01x", 1, 2))
        [b'x']
    """
    for field, value in fields(data):
        if field == path[0] and isinstance(value, bytes):
            if len(path) == 1:
                yield value
            else:
                yield from messages(value, *path[1:])


def number(data: bytes, field: int, default: int = 0) -> int:
    """The last varint of this field, the default where there is none."""
    for found, value in fields(data):
        if found == field and isinstance(value, int):
            default = value
    return default


def text(data: bytes, field: int) -> str:
    """The last string of this field, empty where there is none."""
    found = ""
    for value in messages(data, field):
        found = value.decode(errors="replace")
    return found


def signed(value: int) -> int:
    """A varint as the int64 that it stands for.

    Example:
        >>> signed(2**64 - 1)
        -1
    """
    return value - 2**64 if value >= 2**63 else value


def floats(data: bytes, code: str) -> list[float]:
    """Packed little-endian floats (code ``"f"``) or doubles (``"d"``)."""
    size = struct.calcsize(code)
    return list(struct.unpack(f"<{len(data) // size}{code}", data[: len(data) // size * size]))
