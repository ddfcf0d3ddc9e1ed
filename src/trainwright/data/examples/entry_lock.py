"""Locks that keep processes from removing what others read, and from writing the same twice."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

try:
    import fcntl
except ImportError:  # not a POSIX system
    fcntl = None  # type: ignore[assignment]

__all__ = ["EntryLock", "locks_work"]


def locks_work() -> bool:
    """Whether this system has such locks."""
    return fcntl is not None


class EntryLock:
    """A lock on a name, held by one writer or by many readers; a crash gives it up.

    Args:
        path: the file to lock, made where absent.
    """

    def __init__(self, path: Path):
        self._path = path
        self._file: int | None = None

    def for_reading(self) -> None:
        """Waits until nobody writes; the lock is kept until :meth:`give_up`."""
        self._take(fcntl.LOCK_SH)

    def for_writing(self) -> None:
        """Waits until nobody reads or writes."""
        self._take(fcntl.LOCK_EX)

    def for_removal(self) -> bool:
        """Takes the lock if nobody has it; says whether."""
        try:
            self._take(fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def remove(self) -> None:
        """Removes the file and gives up the lock, which must be one for writing or removal."""
        self._path.unlink(missing_ok=True)
        self.give_up()

    def give_up(self) -> None:
        """Lets others have it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _take(self, how: int) -> None:
        while True:
            self.give_up()
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
            try:
                fcntl.flock(self._file, how)
            except OSError:
                self.give_up()
                raise
            # Whoever had it may have removed the file: the lock is then on nothing.
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(self._file), self._path.stat()):
                    return
