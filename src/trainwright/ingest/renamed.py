"""A source whose columns have names that features can have."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from trainwright.ingest.column_names import feature_names
from trainwright.ingest.source import Source

__all__ = ["Renamed"]


class Renamed:
    """Another source, with its columns renamed where need be.

    Args:
        source: the other one.
    """

    def __init__(self, source: Source):
        self._source = source
        self.name = source.name
        self.typed = source.typed
        self.renamed: dict[str, str] = {}

    @property
    def decimal_comma(self) -> bool:
        """As the other source's."""
        return self._source.decimal_comma

    def size(self) -> int | None:
        """As the other source's."""
        return self._source.size()

    def done(self) -> int:
        """As the other source's."""
        return self._source.done()

    def blocks(self) -> Iterator[pa.RecordBatch]:
        """Its blocks, renamed."""
        for block in self._source.blocks():
            if not self.renamed:
                self.renamed = feature_names(block.schema.names)
            yield block.rename_columns([self.renamed[name] for name in block.schema.names])
