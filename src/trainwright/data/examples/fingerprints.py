"""Knowing files again, and that they have not changed since."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

__all__ = ["FileStamp", "changed_lately", "stamp", "stamps"]

_SETTLED_NS = 2_000_000_000
"""How old a change must be to be told from a later one: some file systems count whole seconds."""


class FileStamp(NamedTuple):
    """What is different once a file's contents are: times are in nanoseconds."""

    path: str
    size: int
    modified: int
    changed: int
    inode: int
    device: int


def stamp(path: str) -> FileStamp | None:
    """The stamp of a local file; None where there is none."""
    try:
        found = Path(path).stat()
    except OSError:
        return None
    name = os.path.realpath(path)
    times = found.st_mtime_ns, found.st_ctime_ns
    return FileStamp(name, found.st_size, *times, found.st_ino, found.st_dev)


def stamps(paths: Iterable[str]) -> list[FileStamp] | None:
    """The stamps of files; None unless all are local."""
    found = [stamp(path) for path in paths]
    known = [each for each in found if each is not None]
    return known if len(known) == len(found) else None


def changed_lately(files: Iterable[FileStamp]) -> bool:
    """Whether a file changed so recently that another change now could leave the same stamp."""
    return any(file.changed > time.time_ns() - _SETTLED_NS for file in files)
