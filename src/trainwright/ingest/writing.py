"""Writing the rows of splits into files."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from trainwright.data.tfrecord import RecordWriter

__all__ = ["ShardedWriter"]

_LEVEL = 3
"""Of gzip: half the time of the usual 6, for a tenth more bytes."""


class ShardedWriter:
    """An Examples artifact: for each split a directory of gzip TFRecord files.

    Rows are dealt out to the files of a split in turn, so that each file is a sample.

    Args:
        directory: the artifact's.
        shards: files for each split.
    """

    def __init__(self, directory: Path, shards: int):
        self._directory = directory
        self._shards = shards
        self._files = contextlib.ExitStack()
        self._writers: dict[str, list[RecordWriter]] = {}
        self.rows: dict[str, int] = {}

    def write(self, split: str, records: Sequence[bytes]) -> None:
        """Writes serialized Examples into a split."""
        if split not in self._writers:
            self._writers[split] = [self._open(split, shard) for shard in range(self._shards)]
        before = self.rows.get(split, 0)
        for shard, writer in enumerate(self._writers[split]):
            writer.write(records[(shard - before) % self._shards :: self._shards])
        self.rows[split] = before + len(records)

    def _open(self, split: str, shard: int) -> RecordWriter:
        name = f"data_tfrecord-{shard:05}-of-{self._shards:05}.gz"
        path = self._directory / f"Split-{split}" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        file = self._files.enter_context(path.open("wb"))
        return self._files.enter_context(RecordWriter(file, "GZIP", level=_LEVEL))

    def __enter__(self) -> ShardedWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._files.close()
