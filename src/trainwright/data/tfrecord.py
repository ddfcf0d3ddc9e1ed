"""TFRecord files, read and written without TensorFlow.

A record is: its length (uint64, little endian), the masked CRC-32C of these 8 bytes (uint32),
the data, the masked CRC-32C of the data (uint32). Masking rotates the checksum right by 15 bits
and adds 0xa282ead8. The file may be compressed whole with gzip. The format is described at
https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Literal, cast

import google_crc32c

from trainwright.data.atomic import atomic_file
from trainwright.errors import CorruptRecordError, DataError

__all__ = [
    "Compression",
    "cannot_read",
    "compression_of",
    "detect_compression",
    "find_damage",
    "inflated",
    "mask",
    "RecordWriter",
    "read_records",
    "write_records",
]

Compression = Literal["", "GZIP"]
"""How a file is compressed, by TensorFlow's names: not at all, or with gzip."""

_HEADER = struct.Struct("<QI")
_CHECKSUM = struct.Struct("<I")
_HEADER_SIZE = 12
_CHUNK = 1 << 16
_GZIP_MAGIC = b"\x1f\x8b"


def write_records(
    path: str | Path,
    records: Iterable[bytes],
    compression: Compression = "GZIP",
    *,
    level: int = 6,
) -> int:
    """Writes a TFRecord file; it appears only when it is complete.

    Args:
        path: the file; one already there is replaced.
        records: the records' data.
        compression: ``"GZIP"`` or ``""``.
        level: of gzip, 1 (fast) to 9 (small).

    Returns:
        How many records were written.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "data.gz"
        >>> write_records(path, [b"one", b"two"])
        2
        >>> list(read_records(path))
        [b'one', b'two']
    """
    with atomic_file(path) as file, RecordWriter(file, compression, level=level) as writer:
        return writer.write(records)


class RecordWriter:
    """Writes records into an open file, a few at a time.

    Args:
        file: where they go; it stays open.
        compression: ``"GZIP"`` or ``""``.
        level: of gzip, 1 (fast) to 9 (small).
    """

    def __init__(self, file: BinaryIO, compression: Compression = "GZIP", *, level: int = 6):
        self._file = file
        # No name and no time in the gzip header: equal records give equal files.
        self._gzip = (
            gzip.GzipFile("", "wb", compresslevel=level, fileobj=file, mtime=0)
            if compression
            else None
        )

    def write(self, records: Iterable[bytes]) -> int:
        """Writes records, and returns how many they were."""
        return _write_framed(cast(BinaryIO, self._gzip or self._file), records)

    def __enter__(self) -> RecordWriter:
        return self

    def __exit__(self, *_: object) -> None:
        if self._gzip is not None:
            self._gzip.close()


def _write_framed(file: BinaryIO, records: Iterable[bytes]) -> int:
    count = 0
    frames: list[bytes] = []
    size = 0
    for record in records:
        count += 1
        length = len(record).to_bytes(8, "little")
        frames += (length, _masked_crc(length), record, _masked_crc(record))
        size += len(record)
        if size > _CHUNK:
            file.write(b"".join(frames))
            frames.clear()
            size = 0
    file.write(b"".join(frames))
    return count


def _masked_crc(data: bytes) -> bytes:
    return _CHECKSUM.pack(mask(google_crc32c.value(data)))


def mask(crc: int) -> int:
    """A CRC-32C as these files have it."""
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def read_records(path: str | Path, compression: Compression | None = None) -> Iterator[bytes]:
    """Yields the records of a TFRecord file, each one checked.

    Args:
        path: the file.
        compression: how it is compressed; None: as :func:`detect_compression` finds.

    Raises:
        CorruptRecordError: when it comes to a record that is truncated, does not match its
            checksum, or lies in a broken part of the gzip stream.
        DataError: the file cannot be opened.
    """
    if compression is None:
        compression = detect_compression(path)
    framing = _Framing(str(path))
    try:
        with Path(path).open("rb") as file:
            chunks = _inflate(file) if compression else iter(lambda: file.read(_CHUNK), b"")
            for chunk in chunks:
                yield from framing.feed(chunk)
    except OSError as error:
        raise cannot_read(path, error) from error
    except (zlib.error, EOFError) as error:
        raise framing.damage(f"its gzip stream is broken ({error})") from error
    framing.finish()


class _Framing:
    """Cuts a byte stream into records, counting where it is.

    Args:
        path: the file, for messages.
    """

    def __init__(self, path: str):
        self.path = path
        self.record = 0
        self.offset = 0
        self._chunks: list[bytes] = []
        self._size = 0
        self._needed = _HEADER_SIZE

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yields the records that this chunk completes."""
        self._chunks.append(chunk)
        self._size += len(chunk)
        if self._size < self._needed:  # joining only then keeps a huge record linear
            return
        data = b"".join(self._chunks)
        begin = 0
        self._needed = _HEADER_SIZE
        while len(data) - begin >= _HEADER_SIZE:
            length, crc = _HEADER.unpack_from(data, begin)
            if mask(google_crc32c.value(data[begin : begin + 8])) != crc:
                raise self.damage("the length does not match its checksum")
            end = begin + _HEADER_SIZE + length
            if len(data) < end + 4:
                self._needed = end + 4 - begin
                break
            record = data[begin + _HEADER_SIZE : end]
            if mask(google_crc32c.value(record)) != _CHECKSUM.unpack_from(data, end)[0]:
                raise self.damage("the data do not match their checksum")
            yield record
            self.record += 1
            self.offset += end + 4 - begin
            begin = end + 4
        self._chunks = [data[begin:]]
        self._size = len(data) - begin

    def finish(self) -> None:
        """Checks that the stream ended between two records."""
        if self._size:
            raise self.damage(f"it ends {self._size} bytes into a record")

    def damage(self, problem: str) -> CorruptRecordError:
        return CorruptRecordError(self.path, self.record, self.offset, problem)


def _inflate(file: BinaryIO) -> Iterator[bytes]:
    """Yields the contents of a gzip stream, up to the very byte where it is broken.

    Raises:
        zlib.error: the stream is broken.
        EOFError: it is truncated.
    """
    stream = zlib.decompressobj(wbits=31)
    chunk = file.read(_CHUNK)
    while chunk:
        before = stream.copy()
        try:
            data = stream.decompress(chunk)
        except zlib.error:
            # The failed call lost what came out before the broken byte: go there again slowly.
            for value in chunk:
                yield before.decompress(bytes([value]))
            raise
        yield data
        chunk = stream.unused_data or file.read(_CHUNK)
        if stream.eof and chunk:  # gzip streams may follow each other in one file
            stream = zlib.decompressobj(wbits=31)
    if not stream.eof:
        raise EOFError("it is truncated")


def inflated(path: str | Path) -> tuple[bytes, str]:
    """The contents of a gzip file as far as they can be had, and what is wrong with the rest.

    Raises:
        DataError: the file cannot be opened.
    """
    parts: list[bytes] = []
    problem = ""
    try:
        with Path(path).open("rb") as file:
            for part in _inflate(file):
                parts.append(part)
    except OSError as error:
        raise cannot_read(path, error) from error
    except (zlib.error, EOFError) as error:
        problem = f"its gzip stream is broken ({error})"
    return b"".join(parts), problem


def detect_compression(path: str | Path) -> Compression:
    """Finds out from its first bytes whether a TFRecord file is compressed.

    A valid record header means it is not; otherwise the gzip magic number, or a name ending in
    ``.gz``, means it is.

    Raises:
        DataError: the file cannot be opened.
    """
    try:
        with Path(path).open("rb") as file:
            return compression_of(file.read(_HEADER_SIZE), str(path))
    except OSError as error:
        raise cannot_read(path, error) from error


def compression_of(header: bytes, name: str) -> Compression:
    """As :func:`detect_compression`, of a file's first 12 bytes and its name."""
    if len(header) == _HEADER_SIZE:
        _, crc = _HEADER.unpack(header)
        if mask(google_crc32c.value(header[:8])) == crc:
            return ""
    return "GZIP" if header.startswith(_GZIP_MAGIC) or (header and name.endswith(".gz")) else ""


def cannot_read(path: str | Path, error: OSError) -> DataError:
    """Says that a file cannot be opened or read."""
    return DataError(f"{path} cannot be read: {error.strerror or error}.")


def find_damage(paths: Iterable[str | Path]) -> CorruptRecordError | None:
    """Reads files through and says where the first damage is.

    Args:
        paths: TFRecord files.

    Returns:
        The damage, as an error that may be raised; None when all records are sound.

    Raises:
        DataError: a file cannot be opened.
    """
    for path in paths:
        try:
            for _ in read_records(path):
                pass
        except CorruptRecordError as damage:
            return damage
    return None
