"""Digests of files, remembered: gigabytes are not read again for every run.

A digest is remembered with everything the file system tells of a file that changes when its
contents do: device, inode, size, times of modification and of change. A file that was written
in the last seconds is read again: it may be written once more without any of these changing.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

__all__ = ["DigestMemo", "FileStamp", "cache_directory", "digest_file", "open_memo", "stamp_of"]

CACHE_VARIABLE = "TRAINWRIGHT_CACHE_DIR"
_CHUNK = 1 << 20
_SETTLED_NS = 2_000_000_000
"""Coarser than the clock of any file system in use: FAT's counts in steps of two seconds."""
_MOST_ENTRIES = 200_000
_TABLE = """CREATE TABLE IF NOT EXISTS digest (
    path TEXT PRIMARY KEY, stamp TEXT NOT NULL, digest TEXT NOT NULL, used INTEGER NOT NULL)"""


class FileStamp(NamedTuple):
    """What changes when a regular file's contents do."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int

    @property
    def text(self) -> str:
        """All of it as one string."""
        return "-".join(map(str, self))


def stamp_of(path: Path) -> FileStamp:
    """The stamp of a regular file, symbolic links followed.

    Raises:
        OSError: it is not there, cannot be seen, or is no regular file.
    """
    return _stamp(path.stat(), path)


def _stamp(found: os.stat_result, path: Path) -> FileStamp:
    if not stat.S_ISREG(found.st_mode):
        raise OSError(0, "not a regular file", str(path))
    return FileStamp(
        found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
    )


def digest_file(path: Path) -> tuple[FileStamp, str]:
    """SHA-256 of a file's contents as hexadecimal digits, and the stamp that it had.

    The stamp is taken before reading, from the file that is read: one that is written to or
    replaced meanwhile has another stamp afterwards.

    Raises:
        OSError: it cannot be read, or is no regular file.
    """
    stamp_of(path)  # before opening: a pipe would be waited for
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        stamp = _stamp(os.fstat(file.fileno()), path)
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return stamp, digest.hexdigest()


class DigestMemo:
    """Digests known from earlier; whatever goes wrong with its database, it just knows less.

    Args:
        connection: the database; None: it knows nothing.
        now_ns: tells the time in nanoseconds since 1970.
    """

    def __init__(
        self, connection: sqlite3.Connection | None, now_ns: Callable[[], int] = time.time_ns
    ):
        self._connection = connection
        self._now_ns = now_ns
        self._new: list[tuple[str, str, str, int]] = []

    def get(self, path: Path, stamp: FileStamp) -> str | None:
        """The digest of a file that still has the stamp of then, None where it is not known."""
        if self._connection is None:
            return None
        query = "SELECT digest FROM digest WHERE path = ? AND stamp = ?"
        with contextlib.suppress(sqlite3.Error):
            row = self._connection.execute(query, (os.fsdecode(path), stamp.text)).fetchone()
            return str(row[0]) if row else None
        return None

    def put(self, path: Path, stamp: FileStamp, digest: str) -> None:
        """Remembers a digest, unless the file has been written to just now."""
        now = self._now_ns()
        if now - max(stamp.mtime_ns, stamp.ctime_ns) > _SETTLED_NS:
            self._new.append((os.fsdecode(path), stamp.text, digest, now))

    def save(self) -> None:
        """Writes what is new, in one transaction; the least recent entries make room."""
        if self._connection is None or not self._new:
            return
        with contextlib.suppress(sqlite3.Error, UnicodeEncodeError), self._connection:
            self._connection.executemany("REPLACE INTO digest VALUES (?, ?, ?, ?)", self._new)
            self._connection.execute(
                "DELETE FROM digest WHERE path IN "
                "(SELECT path FROM digest ORDER BY used DESC LIMIT -1 OFFSET ?)",
                (_MOST_ENTRIES,),
            )
        self._new = []


def cache_directory() -> Path:
    """Where what can be computed again is kept: ``$TRAINWRIGHT_CACHE_DIR``, else the user's."""
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return Path(base) / "trainwright"


@contextlib.contextmanager
def open_memo() -> Iterator[DigestMemo]:
    """The user's memo, saved when the block ends; one that knows nothing where it cannot be had."""
    connection = None
    with contextlib.suppress(sqlite3.Error, OSError, RuntimeError):  # RuntimeError: no home
        folder = cache_directory()
        folder.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(folder / "digests-1.sqlite", timeout=2)
        connection.execute(_TABLE)
    memo = DigestMemo(connection)
    try:
        yield memo
        memo.save()
    finally:
        if connection is not None:
            connection.close()
