"""Small files that appear whole: written beside, flushed to disk, renamed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import tensorflow as tf

gfile = tf.io.gfile


def write_whole(path: str, contents: bytes, sync: bool = True) -> None:
    """Writes a file that has its name only when it is complete and on disk.

    Args:
        path: where; on a remote file system, whose writes appear whole, there is no renaming.
        contents: what.
        sync: False: somebody else flushes it to disk, together with others.
    """
    if "://" in path:
        with gfile.GFile(path, "wb") as file:
            file.write(contents)
        return
    final = Path(path)
    temporary = final.with_name(f".{final.name}.tmp")
    with temporary.open("wb") as file:
        file.write(contents)
        if sync:
            file.flush()
            os.fsync(file.fileno())
    temporary.replace(final)
    if sync:
        sync_folder(final.parent)


def read_whole(path: str) -> bytes | None:
    """A file's contents, None where there is none."""
    if not gfile.exists(path):
        return None
    with gfile.GFile(path, "rb") as file:
        contents: bytes = file.read()
    return contents


def sync_files(paths: Iterable[str]) -> None:
    """Flushes local files to disk; those of remote file systems are theirs to keep."""
    for path in paths:
        if "://" not in path:
            with Path(path).open("rb") as file:
                os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Makes the names in a local directory durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove(path: str) -> None:
    """Removes a file, if it is there."""
    if gfile.exists(path):
        gfile.remove(path)
