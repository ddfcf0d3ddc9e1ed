"""Records that were skipped because they could not be read or parsed: counted, up to a limit."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Iterator
from contextvars import ContextVar

from trainwright.data.input_settings import input_settings
from trainwright.errors import CorruptRecordError, DataError

__all__ = ["BadRecords", "counting_bad_records", "current_bad_records"]

_SHOWN = 20


class BadRecords:
    """The bad records of a run, each counted once however often it is come to.

    Args:
        limit: how many may be skipped.

    Attributes:
        count: how many were.
        shown: what was wrong with the first ones.
        problem: why reading had to stop, None while it may go on.
    """

    def __init__(self, limit: int):
        self.limit = limit
        self.count = 0
        self.shown: list[str] = []
        self.problem: DataError | None = None
        self._known: set[bytes] = set()
        self._lock = threading.Lock()

    def damaged(self, damage: CorruptRecordError) -> None:
        """Counts a damaged place of a file; the length of the damage does not matter.

        Raises:
            DataError: there are too many.
        """
        self._count(f"{damage.path} {damage.offset}".encode(), damage.message)

    def unparsable(self, file: str, record: bytes, what: str) -> None:
        """Counts a record that cannot be parsed.

        Raises:
            DataError: there are too many.
        """
        self._count(file.encode() + record, f"A record of {file} cannot be parsed: {what}.")

    def _count(self, identity: bytes, message: str) -> None:
        digest = hashlib.blake2b(identity, digest_size=16).digest()
        with self._lock:
            if digest in self._known:
                return
            self._known.add(digest)
            self.count += 1
            if len(self.shown) < _SHOWN:
                self.shown.append(message)
            if self.count > self.limit:
                self.problem = DataError(
                    f"More than {self.limit:,} records cannot be read or parsed. The last one: "
                    f"{message}",
                    hint="Correct the data (trainwright validate --all shows what is wrong), or "
                    "allow more with --max-bad-records.",
                )
                raise self.problem

    def stop(self, error: DataError) -> DataError:
        """Keeps why reading cannot go on, and returns it."""
        self.problem = self.problem or error
        return self.problem


_current: ContextVar[BadRecords | None] = ContextVar("bad_records", default=None)


@contextlib.contextmanager
def counting_bad_records() -> Iterator[BadRecords]:
    """While the block runs, datasets that are made count what they skip together."""
    bad = BadRecords(input_settings().max_bad_records)
    token = _current.set(bad)
    try:
        yield bad
    finally:
        _current.reset(token)


def current_bad_records() -> BadRecords | None:
    """Where datasets count what they skip; None where they are to skip nothing."""
    limit = input_settings().max_bad_records
    return (_current.get() or BadRecords(limit)) if limit else None
