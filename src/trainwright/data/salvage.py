"""The sound records of a damaged TFRecord file.

A record whose data do not match their checksum is left out. Where a length is damaged, the next
record is found by its own checksums. What follows a break in a gzip stream is lost.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import google_crc32c
import numpy as np

from trainwright.data.tfrecord import (
    Compression,
    cannot_read,
    detect_compression,
    inflated,
    mask,
)
from trainwright.errors import CorruptRecordError

__all__ = ["is_complete", "salvage"]

_HEADER = struct.Struct("<QI")
_CHECKSUM = struct.Struct("<I")
_AROUND = 16
_WINDOW = 1 << 20
_POLYNOMIAL = 0x82F63B78  # CRC-32C (Castagnoli), reflected


def is_complete(path: str, size: int, compression: str) -> bool:
    """Whether the records that were read make up all of a file.

    A gzip file ends with the size of its contents modulo 2**32 (RFC 1952), so that nothing needs
    to be read again. One of several streams looks incomplete.

    Args:
        path: the file.
        size: bytes of the records that were read, with what is around each.
        compression: ``"GZIP"`` or ``""``.
    """
    try:
        with Path(path).open("rb") as file:
            end = file.seek(0, 2)
            if not compression:
                return end == size
            if end < _AROUND:
                return False
            file.seek(-4, 2)
            return bool(_CHECKSUM.unpack(file.read(4))[0] == size % 2**32)
    except OSError as error:
        raise cannot_read(path, error) from error


def salvage(
    path: str | Path, compression: Compression | None = None
) -> Iterator[bytes | CorruptRecordError]:
    """Yields the sound records of a file, and in their place what is wrong with others.

    The contents of the file are held in memory.

    Raises:
        DataError: the file cannot be opened.
    """
    compression = detect_compression(path) if compression is None else compression
    data, broken = _contents(path, compression)
    offset = record = 0
    while offset < len(data):
        end, problem = _end(data, offset)
        after = _next(data, offset + 1) if end is None else end
        if problem or after is None:
            what = problem if after is not None else broken or problem
            yield CorruptRecordError(str(path), record, offset, what)
        else:
            yield data[offset + _HEADER.size : after - _CHECKSUM.size]
        if after is None:
            return
        record += 1
        offset = after
    if broken:
        yield CorruptRecordError(str(path), record, offset, broken)


def _contents(path: str | Path, compression: str) -> tuple[bytes, str]:
    """The uncompressed contents as far as they can be had, and what is wrong with the rest."""
    if not compression:
        try:
            return Path(path).read_bytes(), ""
        except OSError as error:
            raise cannot_read(path, error) from error
    return inflated(path)


def _end(data: bytes, offset: int) -> tuple[int | None, str]:
    """Where a record ends, None where that cannot be told, and what is wrong with it."""
    left = len(data) - offset
    if left < _HEADER.size:
        return None, f"it ends {left} bytes into a record"
    length, crc = _HEADER.unpack_from(data, offset)
    if mask(google_crc32c.value(data[offset : offset + 8])) != crc:
        return None, "the length does not match its checksum"
    if left < length + _AROUND:
        return None, f"it ends {left} bytes into a record"
    begin, end = offset + _HEADER.size, offset + _HEADER.size + length
    if mask(google_crc32c.value(data[begin:end])) != _CHECKSUM.unpack_from(data, end)[0]:
        return end + _CHECKSUM.size, "the data do not match their checksum"
    return end + _CHECKSUM.size, ""


def _next(data: bytes, begin: int) -> int | None:
    """Where the next whole record begins, None where there is none."""
    while begin + _AROUND <= len(data):
        window = np.frombuffer(data, np.uint8, min(_WINDOW, len(data) - begin), begin)
        for found in np.flatnonzero(_headers(window)).tolist():
            end, problem = _end(data, begin + found)
            if end is not None and not problem:
                return begin + int(found)
        if begin + len(window) >= len(data):
            return None
        begin += len(window) - _HEADER.size + 1
    return None


def _headers(window: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """At which bytes there may be a length with its checksum: bool `[bytes - 11]`."""
    count = len(window) - _HEADER.size + 1
    crc = np.full(count, 0xFFFFFFFF, np.uint32)
    for place in range(8):
        crc = _table()[(crc ^ window[place : place + count]) & 0xFF] ^ (crc >> np.uint32(8))
    crc = ~crc
    masked = ((crc >> np.uint32(15)) | (crc << np.uint32(17))) + np.uint32(0xA282EAD8)
    stored = sum(
        window[8 + place : 8 + place + count].astype(np.uint32) << np.uint32(8 * place)
        for place in range(4)
    )
    return np.asarray(masked == stored)


@functools.cache
def _table() -> np.ndarray[Any, Any]:
    """The effect of each byte on the checksum."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ np.uint32(_POLYNOMIAL), table >> 1)
    return table.astype(np.uint32)
