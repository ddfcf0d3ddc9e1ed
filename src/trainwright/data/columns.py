"""What columns of features may be: arrow arrays of four kinds, or lists of them."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from trainwright.errors import InvalidArgumentError

__all__ = ["as_array", "is_float", "is_integer", "is_list", "is_text"]


def as_array(name: str, values: Any) -> pa.Array:
    """Makes one arrow array of a column: of an array, a chunked or dictionary one, a list.

    Raises:
        InvalidArgumentError: the values are of no single type; the message has the name.

    Example:
        >>> as_array("n", [1, None]).type
        DataType(int64)
    """
    try:
        array = values if isinstance(values, pa.ChunkedArray) else pa.array(values)
    except (pa.ArrowException, TypeError) as error:
        raise InvalidArgumentError(f"Column {name!r} holds no single type: {error}.") from error
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


def is_list(type_: pa.DataType) -> bool:
    """Whether rows hold any number of values."""
    tests = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    return any(test(type_) for test in tests)


def is_integer(type_: pa.DataType) -> bool:
    """Whether the values go into an int64_list; booleans and absent columns do."""
    tests = (pa.types.is_integer, pa.types.is_boolean, pa.types.is_null)
    return any(test(type_) for test in tests)


def is_float(type_: pa.DataType) -> bool:
    """Whether the values go into a float_list."""
    return bool(pa.types.is_floating(type_))


def is_text(type_: pa.DataType) -> bool:
    """Whether the values go into a bytes_list."""
    tests = (
        pa.types.is_string,
        pa.types.is_large_string,
        pa.types.is_binary,
        pa.types.is_large_binary,
    )
    return any(test(type_) for test in tests)
