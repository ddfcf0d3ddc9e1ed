"""The first reading: what the columns are, how many rows there are, and how they are split."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from trainwright.errors import DataError, InvalidArgumentError, did_you_mean
from trainwright.ingest.column_types import ColumnType
from trainwright.ingest.columns import ColumnTypes, feature_values
from trainwright.ingest.remarks import remarks_on_names
from trainwright.ingest.renamed import Renamed
from trainwright.ingest.splits import HashSplit, TimeSplit, ValueSplit, parse_shares

__all__ = ["IngestOptions", "Progress", "Survey", "survey"]

_SAMPLED_TIMES = 1_000_000

_ORDERED = {ColumnType.TIME, ColumnType.INTEGER, ColumnType.FLOAT, ColumnType.COMMA_FLOAT}

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
        require: columns without a value in which a row is left out.
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
    require: Sequence[str] = ()
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
    require: tuple[str, ...]
    rows: int
    split: Split
    remarks: dict[str, str]


def survey(source: Renamed, options: IngestOptions, tell: Progress) -> Survey:
    """Reads everything once, for the types of columns, the number of rows and the split."""
    types: ColumnTypes | None = None
    times = _Thinned()
    rows = 0
    for block in source.blocks():
        if types is None:
            options = _by_feature(options, source.renamed)
            chosen = {name: _type_named(name, type_) for name, type_ in options.types.items()}
            types = ColumnTypes(source.typed, chosen, source.decimal_comma)
        block = block.drop_columns(list(options.drop)) if options.drop else block
        types.add(block)
        rows += block.num_rows
        if options.split_on_time:
            times.add(block.column(options.split_on_time))
        tell("reading types", source.done(), source.size())
    if types is None or not rows:
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
    remarks = {n: remark for n, remark in types.remarks().items() if n in kept}
    if not source.typed:
        remarks |= remarks_on_names(source.renamed)
    return Survey(kept, left_out, tuple(options.require), rows, split, remarks)


def _by_feature(options: IngestOptions, names: Mapping[str, str]) -> IngestOptions:
    """The options with columns named as their features are; both names may be used.

    Raises:
        InvalidArgumentError: a column that is not there.
    """
    known = {**{new: new for new in names.values()}, **names}

    def named(column: str) -> str:
        if column not in known:
            raise InvalidArgumentError(
                f"There is no column {column!r}.",
                hint=did_you_mean(column, known) or f"The columns: {', '.join(names)}.",
            )
        return known[column]

    def maybe(column: str | None) -> str | None:
        return None if column is None else named(column)

    return replace(
        options,
        split_by=maybe(options.split_by),
        split_key=maybe(options.split_key),
        split_on_time=maybe(options.split_on_time),
        drop=[named(column) for column in options.drop],
        require=[named(column) for column in options.require],
        types={named(column): type_ for column, type_ in options.types.items()},
    )


def _type_named(column: str, name: str) -> ColumnType:
    names = {type_.name.lower(): type_ for type_ in ColumnType if type_ is not ColumnType.EMPTY}
    if name.lower() not in names:
        raise InvalidArgumentError(
            f"Column {column!r} cannot be of type {name!r}.",
            hint=f"The types: {', '.join(names)}.",
        )
    return names[name.lower()]


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
    if types[name] not in _ORDERED:
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
