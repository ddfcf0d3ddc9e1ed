"""Reads a source twice: to learn what its columns are, and to write the artifacts."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from trainwright.data.atomic import atomic_directory
from trainwright.data.example_proto import encode_examples
from trainwright.data.infer_schema import LARGEST_DOMAIN, ColumnTraits, add_feature
from trainwright.data.running_statistics import RunningStatistics
from trainwright.data.schema import write_schema
from trainwright.data.statistics import write_statistics
from trainwright.errors import DataError, InvalidArgumentError
from trainwright.ingest.column_types import ColumnType
from trainwright.ingest.columns import feature_values
from trainwright.ingest.open_source import open_source
from trainwright.ingest.renamed import Renamed
from trainwright.ingest.source import BadRows, Source
from trainwright.ingest.survey import IngestOptions, Progress, Survey, survey
from trainwright.ingest.writing import ShardedWriter

__all__ = ["IngestOptions", "Ingested", "ingest"]

MARK = "ingest.json"
"""Says that a directory is one that ingesting wrote, and from what."""

_SHARD_BYTES = 64 << 20
_MOST_SHARDS = 64
_ROWS = 32_768
"""Rows to encode at once: a block of narrow ones has hundreds of thousands."""


@dataclass(frozen=True)
class Ingested:
    """What was written.

    Attributes:
        directory: with the artifacts ``examples``, ``statistics`` and ``schema``.
        rows: split -> rows.
        types: feature -> its type.
        left_out: column -> why it is no feature.
        renamed: feature -> the name of its column, where that is another one.
        incomplete_rows: rows left out because they lack a value that is required.
        bad_rows: rows left out because they are malformed.
        first_bad_rows: where the first of them are.
        schema: what was inferred.
        statistics: split -> its statistics.
        remarks: column -> what looks wrong about it, such as dates that remain text.
    """

    directory: Path
    rows: dict[str, int]
    types: dict[str, ColumnType]
    left_out: dict[str, str]
    renamed: dict[str, str]
    incomplete_rows: int
    bad_rows: int
    first_bad_rows: list[str]
    schema: schema_pb2.Schema
    statistics: dict[str, statistics_pb2.DatasetFeatureStatisticsList]
    remarks: dict[str, str]


def ingest(
    location: str,
    output: str | Path,
    options: IngestOptions | None = None,
    progress: Progress | None = None,
) -> Ingested:
    """Writes Examples, Statistics and a Schema of rows with named columns.

    Memory is bounded whatever the size: rows are read in blocks, twice.

    Args:
        location: CSV files by name, pattern or URL, also compressed; Parquet files; or a query
            to a database, ``sqlite:///trips.db?SELECT * FROM trips``.
        output: the directory to write, which appears when everything in it is complete. It must
            not exist, or be empty, or be one that an earlier call wrote.
        options: how.
        progress: is told how far it is.

    Raises:
        DataError: the source cannot be read, has more malformed rows than allowed, or no row.
        InvalidArgumentError: an option does not fit, or the directory cannot be written.
    """
    chosen = options or IngestOptions()
    tell = progress or (lambda *_: None)
    final = Path(output)
    _check_output(final)
    bad_rows = BadRows(chosen.max_bad_rows)
    source = Renamed(
        open_source(location, bad_rows, delimiter=chosen.delimiter, encoding=chosen.encoding)
    )
    surveyed = survey(source, chosen, tell)
    try:
        with atomic_directory(final) as temporary:
            result = _Pass(source, surveyed, chosen, temporary).write(final, bad_rows, tell)
            (temporary / MARK).write_text(_origin(source, result))
    except OSError as error:
        raise InvalidArgumentError(
            f"{final} cannot be written: {error.strerror or error}.",
            hint="Choose another directory with -o.",
        ) from error
    return result


def _check_output(final: Path) -> None:
    """Refuses to replace what ingesting did not write."""
    with contextlib.suppress(FileNotFoundError):
        if not final.is_dir():
            if final.exists():
                raise InvalidArgumentError(f"{final} is a file.", hint="Choose another -o.")
            return
        if any(final.iterdir()) and not (final / MARK).exists():
            raise InvalidArgumentError(
                f"{final} holds files that would be lost: it is replaced as a whole.",
                hint="Choose a directory that is empty or not there yet.",
            )


class _Pass:
    """The second reading, which writes."""

    def __init__(self, source: Renamed, survey: Survey, options: IngestOptions, directory: Path):
        self._source = source
        self._survey = survey
        self._directory = directory
        size = source.size() or survey.rows * 100
        shards = options.shards or min(1 + size // _SHARD_BYTES, _MOST_SHARDS)
        self._writer = ShardedWriter(directory / "examples", shards)
        self._statistics: dict[str, dict[str, RunningStatistics]] = {}

    def write(self, final: Path, bad_rows: BadRows, tell: Progress) -> Ingested:
        """Writes everything below the directory, and says what it was."""
        survey, rows = self._survey, 0
        with self._writer:
            for block in self._source.blocks():
                rows += block.num_rows
                for begin in range(0, block.num_rows, _ROWS):  # each is an object of its own
                    self._write_block(block.slice(begin, _ROWS))
                tell("writing examples", self._source.done(), self._source.size())
        if rows != survey.rows:
            raise DataError(
                f"{self._source.name} had {survey.rows:,} rows when it was read first, and "
                f"{rows:,} when it was read again: it is being written to.",
                hint="Ingest a copy.",
            )
        counts = {name: self._writer.rows.get(name, 0) for name in survey.split.names}
        empty = [name for name, count in counts.items() if not count]
        if empty:
            raise DataError(
                f"Split {empty[0]!r} would have no row, of {rows:,} in all.",
                hint="Equal rows stay together, so that it takes enough different ones. Give it a "
                "larger share with --split, or more data.",
            )
        schema = self._schema()
        statistics = {name: self._statistics_of(name) for name in counts}
        write_statistics(statistics, self._directory / "statistics")
        write_schema(schema, self._directory / "schema")
        return Ingested(
            directory=final,
            rows=counts,
            types=survey.types,
            left_out=survey.left_out,
            renamed={new: old for old, new in self._source.renamed.items() if new != old},
            incomplete_rows=rows - sum(counts.values()),
            bad_rows=bad_rows.count,
            first_bad_rows=bad_rows.first,
            schema=schema,
            statistics=statistics,
            remarks=survey.remarks,
        )

    def _write_block(self, block: pa.RecordBatch) -> None:
        """Writes the rows that have what is required."""
        survey = self._survey
        values = feature_values(block, survey.types, self._source.typed)
        for name in survey.require:
            there = values[name].is_valid()
            values = {column: array.filter(there) for column, array in values.items()}
            block = block.filter(there)
        records = list(encode_examples(values))
        others = {n: block.column(n) for n in block.schema.names if n not in values}
        numbers = survey.split.assign({**others, **values}, records)
        for number, name in enumerate(survey.split.names):
            rows: npt.NDArray[np.int64] = np.flatnonzero(numbers == number)
            if not rows.size:
                continue
            self._writer.write(name, [records[row] for row in rows])
            statistics = self._statistics.setdefault(
                name, {column: RunningStatistics(column) for column in values}
            )
            for column, array in values.items():
                statistics[column].add(array.take(pa.array(rows)))

    def _statistics_of(self, split: str) -> statistics_pb2.DatasetFeatureStatisticsList:
        result = statistics_pb2.DatasetFeatureStatisticsList()
        dataset = result.datasets.add(num_examples=self._writer.rows[split])
        dataset.features.extend(column.result() for column in self._statistics[split].values())
        return result

    def _schema(self) -> schema_pb2.Schema:
        """The schema that the rows of all splits fit."""
        schema = schema_pb2.Schema()
        for name, type_ in self._survey.types.items():
            parts = [columns[name] for columns in self._statistics.values()]
            add_feature(schema, name, _traits(type_, parts))
        return schema


def _traits(type_: ColumnType, parts: Sequence[RunningStatistics]) -> ColumnTraits:
    """What a schema says of a column that came in parts."""
    lists = any(part.lists for part in parts)
    single = not lists and not any(part.missing for part in parts)
    if type_ in (ColumnType.FLOAT, ColumnType.COMMA_FLOAT):
        return ColumnTraits("FLOAT", single, lists)
    if type_ is ColumnType.TEXT:
        return ColumnTraits("BYTES", single, lists, domain=_domain(parts))
    bounds = [part.integer_bounds for part in parts]
    known = [bound for bound in bounds if bound is not None]
    if not known or type_ is ColumnType.TIME:  # the future is no anomaly
        return ColumnTraits("INT", single, lists)
    low, high = min(b[0] for b in known), max(b[1] for b in known)
    return ColumnTraits("INT", single, lists, bounds=(low, high))


def _domain(parts: Sequence[RunningStatistics]) -> list[str] | None:
    """The distinct texts, None where they are too many or no texts."""
    distinct: set[bytes] = set()
    for part in parts:
        own = part.distinct_texts(LARGEST_DOMAIN)
        if own is None:
            return None
        distinct |= set(own)
    try:
        texts = [value.decode() for value in distinct]
    except UnicodeDecodeError:
        return None
    return texts if len(texts) <= LARGEST_DOMAIN else None


def _origin(source: Source, result: Ingested) -> str:
    described: dict[str, Any] = {
        "source": source.name,
        "rows": result.rows,
        "incomplete_rows": result.incomplete_rows,
        "bad_rows": result.bad_rows,
        "types": {name: type_.name.lower() for name, type_ in result.types.items()},
        "left_out": result.left_out,
        "renamed": result.renamed,
    }
    return json.dumps(described, indent=2) + "\n"
