"""The first reading: what the columns are, how many rows there are, and how they are split."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from trainwright.errors import DataError, InvalidArgumentError, did_you_mean
from trainwright.ingest.column_types import ColumnType
from trainwright.ingest.columns import ColumnTypes, feature_values
from trainwright.ingest.source import Source
from trainwright.ingest.splits import HashSplit, TimeSplit, ValueSplit, parse_shares

__all__ = ["IngestOptions", "Progress", "Survey", "survey"]

_SAMPLED_TIMES = 1_000_000

Progress = Callable[[str, int, int | None], None]
"""Called with what is being done, bytes done, and bytes in all or None."""

Split = HashSplit | TimeSplit | ValueSplit


@dataclass(frozen=True)
class IngestOptions:
    """How to read and to split.

    Attributes:
        split: the splits and their shares, as in ``train=0.8,eval=0.2``.
        split_by: a column whose value names the split, in place of shares.
        split_key: a column whose equal values stay in one split.
        split_on_time: a column that grows with time: the last split gets the latest rows.
        drop: columns to leave out.
        types: column -> the name of the type it is to have, such as ``text``.
        shards: files for each split; None: by size.
        max_bad_rows: malformed rows of CSV that may be left out.
        delimiter: of CSV; None: what the first line shows.
        encoding: of CSV.
    """

    split: str = "train=0.8,eval=0.2"
    split_by: str | None = None
    split_key: str | None = None
    split_on_time: str | None = None
    drop: Sequence[str] = ()
    types: Mapping[str, str] = field(default_factory=dict)
    shards: int | None = None
    max_bad_rows: int = 0
    delimiter: str | None = None
    encoding: str = "utf-8"


@dataclass(frozen=True)
class Survey:
    """What the first reading tells."""

    types: dict[str, ColumnType]
    left_out: dict[str, str]
    rows: int
    split: Split


def survey(source: Source, options: IngestOptions, tell: Progress) -> Survey:
    """Reads everything once, for the types of columns, the number of rows and the split."""
    chosen = {name: _type_named(name, type_) for name, type_ in options.types.items()}
    types = ColumnTypes(source.typed, chosen)
    times = _Thinned()
    rows = 0
    for block in source.blocks():
        if not rows:
            _check_columns(options, block.schema.names)
        block = block.drop_columns(list(options.drop)) if options.drop else block
        types.add(block)
        rows += block.num_rows
        if options.split_on_time:
            times.add(block.column(options.split_on_time))
        tell("reading types", source.done(), source.size())
    if not rows:
        raise DataError(f"{source.name} has no rows.")
    found = types.result()
    left_out = dict.fromkeys(options.drop, "dropped")
    left_out |= {n: "has no value" for n, t in found.items() if t is ColumnType.EMPTY}
    split = _split(options, found, times, source.typed)
    if options.split_by:
        left_out[options.split_by] = "names the split"
    kept = {name: type_ for name, type_ in found.items() if name not in left_out}
    if not kept:
        raise DataError(f"{source.name} has no column with a value.")
    return Survey(kept, left_out, rows, split)


def _type_named(column: str, name: str) -> ColumnType:
    names = {type_.name.lower(): type_ for type_ in ColumnType if type_ is not ColumnType.EMPTY}
    if name.lower() not in names:
        raise InvalidArgumentError(
            f"Column {column!r} cannot be of type {name!r}.",
            hint=f"The types: {', '.join(names)}.",
        )
    return names[name.lower()]


def _check_columns(options: IngestOptions, names: Sequence[str]) -> None:
    """Refuses options that name columns which are not there."""
    asked = [*options.drop, *options.types]
    asked += [n for n in (options.split_by, options.split_key, options.split_on_time) if n]
    for name in asked:
        if name not in names:
            raise InvalidArgumentError(
                f"There is no column {name!r}.",
                hint=did_you_mean(name, names) or f"The columns: {', '.join(names)}.",
            )


def _split(
    options: IngestOptions, types: Mapping[str, ColumnType], times: _Thinned, typed: bool
) -> Split:
    ways = [n for n in ("split_by", "split_key", "split_on_time") if getattr(options, n)]
    if len(ways) > 1:
        names = " and ".join("--" + way.replace("_", "-") for way in ways)
        raise InvalidArgumentError(f"{names} exclude each other.")
    if options.split_by:
        return ValueSplit(options.split_by)
    shares = parse_shares(options.split)
    if not options.split_on_time:
        return HashSplit(shares, options.split_key)
    name = options.split_on_time
    if types[name] not in (ColumnType.TIME, ColumnType.INTEGER, ColumnType.FLOAT):
        raise InvalidArgumentError(
            f"Column {name!r}, by which rows are to be split, is {types[name].name.lower()}.",
            hint="It must hold dates, times or numbers. Dates are written as 2024-12-31.",
        )
    block = pa.RecordBatch.from_arrays([times.values()], [name])
    values = feature_values(block, {name: types[name]}, typed)[name].drop_null()
    return TimeSplit.of_values(shares, name, np.asarray(values, np.float64))


class _Thinned:
    """Some values of a column, evenly from all of it."""

    def __init__(self) -> None:
        self._kept: list[pa.Array] = []
        self._count = 0
        self._step = 1
        self._next = 0

    def add(self, values: pa.Array) -> None:
        wanted = pa.array(np.arange(self._next, len(values), self._step))
        taken = values.take(wanted)
        self._next = self._next + len(wanted) * self._step - len(values)
        self._kept.append(taken)
        self._count += len(taken)
        if self._count > _SAMPLED_TIMES:
            whole = self.values()
            self._kept = [whole.take(pa.array(np.arange(0, len(whole), 2)))]
            self._count = len(self._kept[0])
            self._step *= 2

    def values(self) -> pa.Array:
        types = {kept.type for kept in self._kept}
        if len(types) > 1:  # SQLite gives each block a type of its own
            self._kept = [kept.cast(pa.string()) for kept in self._kept]
        return pa.concat_arrays(self._kept)
