"""Rows of Parquet files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq

from trainwright.errors import DataError
from trainwright.ingest.column_names import check_names

__all__ = ["ParquetSource"]

_BLOCK_ROWS = 65_536


class ParquetSource:
    """Parquet files with the same columns.

    Args:
        files: their names, or URLs that fsspec opens.
    """

    typed = True
    decimal_comma = False

    def __init__(self, files: Sequence[str]):
        self.name = files[0] if len(files) == 1 else f"{len(files)} files"
        self._files = list(files)
        self._done = 0
        self._sizes = {file: _file_size(file) for file in self._files}

    def size(self) -> int | None:
        """Bytes of the files."""
        return sum(self._sizes.values())

    def done(self) -> int:
        """Bytes of them read so far, by the share of their rows."""
        return self._done

    def blocks(self) -> Iterator[pa.RecordBatch]:
        """The rows, with the types of the first file."""
        self._done = before = 0
        schema: pa.Schema | None = None
        for name in self._files:
            try:
                with fsspec.open(name, "rb") as stored, pq.ParquetFile(stored) as file:
                    check_names(file.schema_arrow.names, name)
                    schema = schema or file.schema_arrow.remove_metadata()
                    self._check(name, file.schema_arrow, schema)
                    rows, total = 0, max(file.metadata.num_rows, 1)
                    for block in file.iter_batches(_BLOCK_ROWS, columns=schema.names):
                        rows += block.num_rows
                        self._done = before + self._sizes[name] * rows // total
                        yield block.select(schema.names)
            except (pa.ArrowException, OSError) as error:
                raise DataError(f"{name} cannot be read as Parquet: {error}.") from error
            before += self._sizes[name]

    def _check(self, name: str, found: pa.Schema, expected: pa.Schema) -> None:
        for field in expected:
            if field.name not in found.names:
                raise DataError(f"{name} lacks the column {field.name!r} of {self._files[0]}.")
            if found.field(field.name).type != field.type:
                raise DataError(
                    f"Column {field.name!r} is {found.field(field.name).type} in {name} and "
                    f"{field.type} in {self._files[0]}.",
                    hint="Files that are read together must have the same columns.",
                )
        more = sorted(set(found.names) - set(expected.names))
        if more:
            raise DataError(f"{name} has columns that {self._files[0]} lacks: {', '.join(more)}.")


def _file_size(file: str) -> int:
    fs, path = fsspec.core.url_to_fs(file)
    return int(fs.size(path) or 0)
