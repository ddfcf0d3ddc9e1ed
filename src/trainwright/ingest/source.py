"""What rows are read from: something that gives them in blocks, as often as asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import pyarrow as pa

from trainwright.errors import DataError

__all__ = ["BadRows", "Source"]


class Source(Protocol):
    """Rows with named columns, in a fixed order.

    Attributes:
        name: what to call it in messages.
        typed: whether columns have types; otherwise all are strings.
    """

    name: str
    typed: bool

    @property
    def decimal_comma(self) -> bool:
        """Whether numbers may be written as ``2,5``, once the first block is there."""

    def blocks(self) -> Iterator[pa.RecordBatch]:
        """The rows from the beginning, in blocks that fit memory, the same ones each time.

        Raises:
            DataError: it cannot be read, or has more bad rows than were allowed.
        """

    def size(self) -> int | None:
        """Bytes to read, None where that is unknown."""

    def done(self) -> int:
        """Bytes of them that :meth:`blocks` has read so far."""


class BadRows:
    """Counts rows that cannot be read, and ends it when there are too many.

    Args:
        allowed: how many may be left out.
    """

    def __init__(self, allowed: int):
        self._allowed = allowed
        self.count = 0
        self.first: list[str] = []

    def add(self, problem: str) -> None:
        """Counts one.

        Args:
            problem: where it is and what is wrong with it, a sentence.

        Raises:
            DataError: it is one more than allowed.
        """
        self.count += 1
        if len(self.first) < 3:
            self.first.append(problem)
        if self.count > self._allowed:
            raise DataError(
                problem,
                hint="Mend it, or leave such rows out with --max-bad-rows."
                if not self._allowed
                else f"That is bad row {self.count}; --max-bad-rows allows {self._allowed}.",
            )

    def restart(self) -> None:
        """Forgets the count: the rows are read again."""
        self.count = 0
