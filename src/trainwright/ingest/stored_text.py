"""The text in a file: unpacked, counted while it is read, and in which encoding it is."""

from __future__ import annotations

import bz2
import codecs
import contextlib
import gzip
import io
import lzma
import zipfile
import zlib
from typing import IO, Any

from trainwright.errors import DataError

__all__ = ["StoredText", "encoding_of", "first_undecodable", "unpacked"]

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks; the one of UTF-16 is the beginning of one of UTF-32."""

_KINDS = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
}
"""How compressed files begin: https://en.wikipedia.org/wiki/List_of_file_signatures"""

_OTHERS = {
    b"PAR1": ("a Parquet file", "Give it a name that ends in .parquet."),
    b"\xd0\xcf\x11\xe0": ("an Excel workbook or the like", "Save its sheet as CSV."),
    b"SQLite format 3": ("an SQLite database", "Write sqlite:///FILE?SELECT * FROM TABLE"),
}
_BROKEN = (EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)
_CHUNK = 1 << 20


class StoredText(io.RawIOBase):
    """A file that counts the bytes read from what is stored, and the quotes in its contents.

    Args:
        file: what it is called.
        stored: it, as it is stored: perhaps compressed.
        before: bytes that other files had.

    Raises:
        DataError: it is of another kind, or cannot be unpacked.
    """

    def __init__(self, file: str, stored: IO[bytes], before: int):
        super().__init__()
        self._file = file
        self._contents = unpacked(stored, file)
        self._stored = stored
        self._before = before
        self._head = b""
        self._decoder: codecs.IncrementalDecoder | None = None
        self.quotes = 0

    def peek(self, size: int) -> bytes:
        """The first bytes, which will be read again."""
        self._head = self._read(size)
        return self._head

    def check(self, encoding: str) -> None:
        """From now on, bytes that are not of this encoding raise UnicodeDecodeError."""
        self._decoder = codecs.getincrementaldecoder(encoding)()

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Reads what fits; returns how many bytes that was."""
        wanted = len(buffer)
        if self._head:
            data, self._head = self._head[:wanted], self._head[wanted:]
        else:
            data = self._read(wanted)
        self.quotes += data.count(b'"')
        if self._decoder is not None:
            self._decoder.decode(data, final=not data)
        buffer[: len(data)] = data
        return len(data)

    def _read(self, size: int) -> bytes:
        try:
            return self._contents.read(size)
        except _BROKEN as error:
            raise DataError(
                f"{self._file} cannot be read to its end: {error}",
                hint="It is damaged or cut off, or the ending of its name is that of another kind.",
            ) from error

    def done(self) -> int:
        """Bytes read of this file and those before it."""
        return self._before + self._stored.tell()


def unpacked(stored: IO[bytes], file: str) -> IO[bytes]:
    """The contents of a file that may be compressed, as its name or its first bytes tell.

    Raises:
        DataError: it is of a kind that holds no rows of text, or not exactly one such file.
    """
    from fsspec.compression import compr
    from fsspec.utils import infer_compression

    head = b""
    if stored.seekable():
        head = stored.read(16)
        stored.seek(0)
    for beginning, (kind, hint) in _OTHERS.items():
        if head.startswith(beginning):
            raise DataError(f"{file} is {kind}, not text.", hint=hint)
    if head.startswith(b"PK\x03\x04"):
        return _only_member(stored, file)
    named = infer_compression(file)
    if named:
        opened: IO[bytes] = compr[named](stored, mode="rb")
        return opened
    for beginning, open_packed in _KINDS.items():
        if head.startswith(beginning):
            return open_packed(stored, "rb")  # type: ignore[no-any-return, operator]
    return stored


def _only_member(stored: IO[bytes], file: str) -> IO[bytes]:
    """The file in a ZIP archive."""
    try:
        archive = zipfile.ZipFile(stored)
    except zipfile.BadZipFile as error:
        raise DataError(f"{file} cannot be unpacked: {error}.") from error
    names = archive.namelist()
    if "[Content_Types].xml" in names or "mimetype" in names:
        raise DataError(f"{file} is a workbook or document, not text.", hint="Save it as CSV.")
    # What macOS puts beside the files is not theirs.
    files = [n for n in names if not n.endswith("/") and not n.startswith("__MACOSX/")]
    if len(files) != 1:
        raise DataError(
            f"{file} holds {len(files)} files: {', '.join(files[:5])}.",
            hint="Unpack it, and name them by a pattern in quotes, such as 'logs/*.csv'.",
        )
    return archive.open(files[0])


def encoding_of(head: bytes, given: str, file: str) -> str:
    """The encoding of text that begins so: the given one, or the one of a byte order mark.

    Args:
        head: the first bytes.
        given: what was asked for.
        file: what to call it.

    Raises:
        DataError: there is no such encoding, or it is no text in it.

    Example:
        >>> encoding_of("a,b".encode("utf-16"), "utf-8", "x.csv")
        'utf-16'
    """
    try:
        name = codecs.lookup(given).name
    except LookupError as error:
        raise DataError(
            f"There is no encoding {given!r}.", hint="Such as utf-8, latin-1, cp1252 or utf-16."
        ) from error
    for mark, marked in _MARKS:
        if head.startswith(mark):
            return given if name.startswith(marked) else marked
    if name == "utf-8" and b"\0" in head[:1000].partition(b"\n")[0]:
        halves = head[:1000:2].count(0), head[1:1000:2].count(0)
        if max(halves) * 3 > min(len(head), 1000):
            order = "utf-16-le" if halves[1] > halves[0] else "utf-16-be"
            raise DataError(f"{file} looks like UTF-16.", hint=f"Add --encoding {order}.")
        raise DataError(
            f"{file} is not text: its first line has characters of code 0.",
            hint="It must be a CSV file, perhaps compressed, or end in .parquet and be one.",
        )
    return given


def first_undecodable(contents: IO[bytes], encoding: str) -> tuple[int, str, int] | None:
    """Where the first byte is that is not of an encoding.

    Returns:
        The number of its line, that line before it, and the byte; None where there is none.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    lines, line = 1, ""
    while True:
        chunk = contents.read(_CHUNK)
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            good, byte = error.object[: error.start], error.object[error.start]
            text = ""
            with contextlib.suppress(UnicodeDecodeError):
                text = good.decode(encoding)
            line = (line + text).rpartition("\n")[2]
            return lines + text.count("\n"), line, byte
        if not chunk:
            return None
        lines += text.count("\n")
        line = (line + text).rpartition("\n")[2]
