"""Files and directories that appear complete or not at all.

Contents are written under a temporary name beside the final one, flushed to disk, and renamed:
a reader, and whoever comes after a crash, never sees half of them.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

__all__ = ["atomic_directory", "atomic_file", "sync_directory", "sync_tree"]


@contextlib.contextmanager
def atomic_file(path: str | Path) -> Iterator[BinaryIO]:
    """A binary file to write to, which takes its name when the block ends without an error.

    Args:
        path: the final name; a file already there is replaced. Its directory is made.

    Example:
        >>> folder = tempfile.mkdtemp()
        >>> with atomic_file(Path(folder) / "greeting") as file:
        ...     _ = file.write(b"hello")
        >>> [entry.name for entry in Path(folder).iterdir()]
        ['greeting']
    """
    final = Path(path)
    final.parent.mkdir(parents=True, exist_ok=True)
    # Not NamedTemporaryFile: its mode of 0600 would hide the file from other users.
    temporary = final.with_name(f".{final.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(final)
    finally:
        temporary.unlink(missing_ok=True)
    sync_directory(final.parent)


@contextlib.contextmanager
def atomic_directory(path: str | Path) -> Iterator[Path]:
    """A directory to fill, which takes its name when the block ends without an error.

    Args:
        path: the final name; a directory already there is replaced.
    """
    final = Path(path)
    final.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{final.name}.", suffix=".tmp", dir=final.parent))
    temporary.chmod(0o777 & ~_umask())
    try:
        yield temporary
        sync_tree(temporary)
        _put_in_place(temporary, final)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    sync_directory(final.parent)


def _put_in_place(temporary: Path, final: Path) -> None:
    """Renames; what was there goes aside first, since a full directory cannot be replaced."""
    if not final.exists():
        temporary.replace(final)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{final.name}.", suffix=".old", dir=final.parent))
    try:
        final.replace(aside / "old")
        temporary.replace(final)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def sync_tree(root: Path) -> None:
    """Flushes a directory to disk, with all that is in it."""
    for folder, _, files in os.walk(root):
        for name in files:
            with (Path(folder) / name).open("rb") as file:
                os.fsync(file.fileno())
        sync_directory(Path(folder))


def sync_directory(folder: Path) -> None:
    """Makes the names in a directory durable, as fsync of a file does its contents."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _umask() -> int:
    """The process's file mode mask; it can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
