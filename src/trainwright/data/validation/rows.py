"""The records to look at: the first ones of each file, or all."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from trainwright.data.tfrecord import read_records
from trainwright.errors import DataError

__all__ = ["SplitRows", "record_files"]


def record_files(folder: str | Path) -> list[str]:
    """The files of a split's directory, or of a pattern; hidden ones are none."""
    path = Path(folder)
    found = path.iterdir() if path.is_dir() else path.parent.glob(path.name)
    return sorted(
        str(file) for file in found if file.is_file() and not file.name.startswith((".", "_"))
    )


class SplitRows:
    """The records of some files, each with its place.

    A file that turns out damaged is read as far as it goes.

    Args:
        files: TFRecord files, or what ``read`` reads.
        most: how many records to read, spread over the files; None: all.
        read: the records of a file; it may raise DataError.

    Attributes:
        whole: whether all records have been read.
        damage: what was wrong with files, as far as they were read.
    """

    def __init__(
        self,
        files: Sequence[str],
        most: int | None,
        read: Callable[[str], Iterator[bytes]] = read_records,
    ):
        self._files = list(files)
        self._read = read
        self._most = most
        self.whole = True
        self.damage: list[DataError] = []

    def __iter__(self) -> Iterator[tuple[str, int, bytes]]:
        left = self._most
        for number, file in enumerate(self._files):
            quota = None if left is None else math.ceil(left / (len(self._files) - number))
            count = 0
            for count, record in enumerate(self._of(file, quota), start=1):
                yield file, count - 1, record
            if left is not None:
                left = max(left - count, 0)

    def _of(self, file: str, quota: int | None) -> Iterator[bytes]:
        try:
            records = self._read(file)
            yield from islice(records, quota)
            # One more than asked for, to know whether there are more.
            if quota is not None and next(records, None) is not None:
                self.whole = False
        except DataError as error:
            self.whole = False
            self.damage.append(error)
