"""What type a column of text is, told from all of its values, and the values as that type.

Types are tried from the narrowest on: a column is of the first one that fits every value that
is there. Numbers with leading zeros, such as postal codes, are text: numbers would lose them.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

import pyarrow as pa
import pyarrow.compute as pc

from trainwright.ingest.remarks import TextRemark

__all__ = ["MISSING", "ColumnType", "TypeInference", "converted", "type_of_arrow"]

MISSING = ["", "NA", "N/A", "n/a", "na", "NULL", "Null", "null", "None", "none", "NaN", "nan"]
MISSING += ["NAN", "#N/A", "#NA", "-", "?"]
"""What stands for a missing value in a column of anything but text; in one of text, only ""."""

_TRUTHS = ["true", "True", "TRUE", "false", "False", "FALSE"]


class ColumnType(Enum):
    """What the values of a column are.

    The value of each says how a feature holds it.
    """

    EMPTY = "no value"
    TRUTH = "int64, 1 for true"
    INTEGER = "int64"
    FLOAT = "float32"
    COMMA_FLOAT = "float32, written with a decimal comma"
    TIME = "int64, seconds since 1970 (UTC)"
    TEXT = "bytes"


_NUMBERS = (ColumnType.INTEGER, ColumnType.FLOAT, ColumnType.COMMA_FLOAT)


class TypeInference:
    """Narrows down the type of a column, block by block.

    Args:
        decimal_comma: whether numbers may be written as ``2,5``.

    Example:
        >>> inference = TypeInference()
        >>> inference.add(pa.array(["1", "NA"]))
        >>> inference.type
        <ColumnType.INTEGER: 'int64'>
        >>> inference.add(pa.array(["2.5"]))
        >>> inference.type
        <ColumnType.FLOAT: 'float32'>
    """

    def __init__(self, decimal_comma: bool = False) -> None:
        self._candidates = [
            kind for kind in _READERS if decimal_comma or kind is not ColumnType.COMMA_FLOAT
        ]
        self._seen = False
        self._remark = TextRemark()

    def add(self, values: pa.Array) -> None:
        """Takes the next values, strings `[rows]`, into account."""
        present = _present(values)
        if not len(present):
            return
        self._seen = True
        self._remark.add(present)
        # The order of trying is that of the enumeration: what a number is, a float is, too.
        self._candidates = [c for c in self._candidates if _fits(present, c)]

    @property
    def type(self) -> ColumnType:
        """The narrowest type that fits all values so far."""
        if not self._seen:
            return ColumnType.EMPTY
        return self._candidates[0] if self._candidates else ColumnType.TEXT

    @property
    def remark(self) -> str:
        """What looks wrong about it, empty where nothing does."""
        return self._remark.text if self.type is ColumnType.TEXT else ""


def converted(values: pa.Array, type_: ColumnType) -> pa.Array:
    """Strings as values of a type: int64, float32 or strings, null where missing.

    Args:
        values: strings `[rows]`, all of which fit the type.
        type_: what the column is.

    Example:
        >>> converted(pa.array(["1970-01-02", ""]), ColumnType.TIME).to_pylist()
        [86400, None]
    """
    if type_ is ColumnType.TEXT:
        return pc.if_else(pc.equal(values, ""), pa.scalar(None, values.type), values)
    if type_ is ColumnType.EMPTY:
        return pa.nulls(len(values))
    trimmed = pc.utf8_trim_whitespace(values)
    absent = pc.is_in(trimmed, value_set=pa.array(MISSING, trimmed.type))
    return _READERS[type_](pc.if_else(absent, pa.scalar(None, trimmed.type), trimmed))


def type_of_arrow(type_: pa.DataType) -> ColumnType | None:
    """The type of a column that has one already; None where no feature can hold it."""
    tests: dict[ColumnType, Callable[[pa.DataType], bool]] = {
        ColumnType.EMPTY: pa.types.is_null,
        ColumnType.TRUTH: pa.types.is_boolean,
        ColumnType.INTEGER: pa.types.is_integer,
        ColumnType.FLOAT: lambda t: pa.types.is_floating(t) or pa.types.is_decimal(t),
        ColumnType.TIME: lambda t: pa.types.is_timestamp(t) or pa.types.is_date(t),
        ColumnType.TEXT: lambda t: (
            pa.types.is_string(t)
            or pa.types.is_large_string(t)
            or pa.types.is_binary(t)
            or pa.types.is_large_binary(t)
        ),
    }
    return next((kind for kind, test in tests.items() if test(type_)), None)


def _present(values: pa.Array) -> pa.Array:
    """The values that are there, without surrounding blanks."""
    trimmed = pc.utf8_trim_whitespace(values.drop_null())
    return trimmed.filter(pc.invert(pc.is_in(trimmed, value_set=pa.array(MISSING, trimmed.type))))


def _fits(present: pa.Array, type_: ColumnType) -> bool:
    if type_ in _NUMBERS and _any(pc.match_substring_regex(present, r"^[+-]?0[0-9xX]")):
        return False
    if type_ is ColumnType.COMMA_FLOAT and _any(pc.match_substring(present, ".")):
        return False
    if type_ is ColumnType.TRUTH:
        return not _any(pc.invert(pc.is_in(present, value_set=pa.array(_TRUTHS, present.type))))
    try:
        _READERS[type_](present)
    except pa.ArrowInvalid:
        return False
    return True


def _any(truths: pa.Array) -> bool:
    return bool(pc.any(truths).as_py())


def _truths(values: pa.Array) -> pa.Array:
    return pc.cast(pc.equal(pc.utf8_lower(values), "true"), pa.int64())


def _integers(values: pa.Array) -> pa.Array:
    return pc.cast(values, pa.int64())


def _floats(values: pa.Array) -> pa.Array:
    return pc.cast(pc.cast(values, pa.float64()), pa.float32())


def _comma_floats(values: pa.Array) -> pa.Array:
    return _floats(pc.replace_substring(values, ",", ".", max_replacements=1))


def _times(values: pa.Array) -> pa.Array:
    """Seconds since 1970 of ISO 8601 dates and times; those without a zone are UTC."""
    try:
        times = pc.cast(values, pa.timestamp("us"))
    except pa.ArrowInvalid:
        times = pc.cast(values, pa.timestamp("us", "UTC"))
    return pc.floor_temporal(times, unit="second").cast(pa.timestamp("s")).cast(pa.int64())


_READERS: dict[ColumnType, Callable[[pa.Array], pa.Array]] = {
    ColumnType.TRUTH: _truths,
    ColumnType.INTEGER: _integers,
    ColumnType.FLOAT: _floats,
    ColumnType.COMMA_FLOAT: _comma_floats,
    ColumnType.TIME: _times,
}
"""How to read each type but text; narrow types come first."""
