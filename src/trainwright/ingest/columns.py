"""The columns of a source: first what they are, then their values as features."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from trainwright.data.columns import is_list
from trainwright.errors import DataError
from trainwright.ingest.column_types import ColumnType, TypeInference, converted, type_of_arrow

__all__ = ["ColumnTypes", "feature_values"]


class ColumnTypes:
    """Finds out the types of columns, block by block.

    Args:
        typed: whether columns have types; otherwise they are text, and their values tell.
        chosen: column -> the type that it is to have.
        decimal_comma: whether numbers may be written as ``2,5``.
    """

    def __init__(self, typed: bool, chosen: Mapping[str, ColumnType], decimal_comma: bool = False):
        self._typed = typed
        self._decimal_comma = decimal_comma
        self._chosen = dict(chosen)
        self._inferred: dict[str, TypeInference] = {}
        self._met: dict[str, set[ColumnType]] = {}

    def add(self, block: pa.RecordBatch) -> None:
        """Takes the next rows into account.

        Raises:
            DataError: a column of a type that no feature can have.
        """
        for name, column in zip(block.schema.names, block.columns, strict=True):
            if self._typed:
                self._met.setdefault(name, set()).add(self._type_of(name, column.type))
            elif name not in self._chosen:
                if name not in self._inferred:
                    self._inferred[name] = TypeInference(self._decimal_comma)
                self._inferred[name].add(column)

    def _type_of(self, name: str, type_: pa.DataType) -> ColumnType:
        if is_list(type_):
            type_ = type_.value_type
        if pa.types.is_dictionary(type_):
            type_ = type_.value_type
        found = type_of_arrow(type_)
        if found is None:
            raise DataError(
                f"Column {name!r} is of type {type_}, which no feature can be.",
                hint=f"Leave it out with --drop {name}.",
            )
        return found

    def result(self) -> dict[str, ColumnType]:
        """The type of each column."""
        met = {name: _common(types) for name, types in self._met.items()}
        told = {name: inference.type for name, inference in self._inferred.items()}
        return {**met, **told, **self._chosen}

    def remarks(self) -> dict[str, str]:
        """What looks wrong about columns that are text."""
        return {n: one.remark for n, one in self._inferred.items() if one.remark}


def feature_values(
    block: pa.RecordBatch, types: Mapping[str, ColumnType], typed: bool
) -> dict[str, pa.Array]:
    """The columns of a block as features have them: int64, float32, strings or bytes.

    Args:
        block: of the source.
        types: the columns to take, and the type of each.
        typed: whether the block's columns have types.

    Raises:
        DataError: a value is not of the type that was chosen for its column.
    """
    values = {}
    for name, type_ in types.items():
        column = block.column(name)
        try:
            values[name] = _of_typed(column, type_) if typed else converted(column, type_)
        except pa.ArrowInvalid as error:
            raise DataError(
                f"Column {name!r} has values that are not {type_.name.lower()}: {error}."
            ) from error
    return values


def _common(types: Iterable[ColumnType]) -> ColumnType:
    """The type that holds values of all of these.

    Example:
        >>> _common({ColumnType.INTEGER, ColumnType.FLOAT, ColumnType.EMPTY}).name
        'FLOAT'
    """
    met = set(types) - {ColumnType.EMPTY}
    numbers = [ColumnType.TRUTH, ColumnType.INTEGER, ColumnType.FLOAT]
    if not met:
        return ColumnType.EMPTY
    if len(met) == 1:
        return met.pop()
    return max(met, key=numbers.index) if met <= set(numbers) else ColumnType.TEXT


def _of_typed(column: pa.Array, type_: ColumnType) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if is_list(column.type):
        values = _of_typed(column.flatten(), type_)
        lengths = pc.fill_null(pc.list_value_length(column), 0)
        offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths)])
        return pa.ListArray.from_arrays(offsets, values, mask=column.is_null())
    if pa.types.is_null(column.type) or type_ is ColumnType.EMPTY:
        return pa.nulls(len(column))
    if type_ is ColumnType.TIME:
        times = column.cast(pa.timestamp("us"), safe=False)
        return pc.floor_temporal(times, unit="second").cast(pa.timestamp("s")).cast(pa.int64())
    if type_ is ColumnType.TEXT:
        binary = pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type)
        return column if binary else column.cast(pa.string())
    target = pa.float32() if type_ is ColumnType.FLOAT else pa.int64()
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.float64())
    return column.cast(target, safe=type_ is not ColumnType.FLOAT)
