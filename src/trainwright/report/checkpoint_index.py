"""Names, shapes and types of the variables in a checkpoint, without TensorFlow.

``{prefix}.index`` is a table in the format of LevelDB (its doc/table_format.md): blocks of sorted
keys, each with a value; the footer of 48 bytes says where the index of blocks is. A value is a
BundleEntryProto, tensorflow/core/protobuf/tensor_bundle.proto: ``dtype`` 1, ``shape`` 2,
``size`` 5. TensorFlow writes the blocks uncompressed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from trainwright.errors import DataError
from trainwright.report.wire import fields, messages, number, signed, varint

__all__ = ["Variable", "dtype_name", "read_shape", "read_variables"]

_FOOTER, _TRAILER = 48, 5
_MAGIC = 0xDB4775248B80FB57.to_bytes(8, "little")
_DTYPES = {
    **{1: "float32", 2: "float64", 3: "int32", 4: "uint8", 5: "int16", 6: "int8", 7: "string"},
    **{8: "complex64", 9: "int64", 10: "bool", 14: "bfloat16", 17: "uint16", 18: "complex128"},
    **{19: "float16", 20: "resource", 21: "variant", 22: "uint32", 23: "uint64"},
}
"""Numbers of tensorflow/core/framework/types.proto."""


class Variable(NamedTuple):
    """A tensor in a checkpoint.

    Attributes:
        name: its key.
        dtype: such as ``float32``.
        shape: of all of it, where it is saved in parts.
        bytes: on disk; 0 where it is saved in parts.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    bytes: int

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


def dtype_name(number: int) -> str:
    """The name of a type by its number.

    Example:
        >>> dtype_name(1), dtype_name(99)
        ('float32', 'type 99')
    """
    return _DTYPES.get(number, f"type {number}")


def read_shape(data: bytes) -> tuple[int, ...]:
    """A TensorShapeProto: ``dim`` 2, of which ``size`` is 1; -1 is any."""
    return tuple(signed(number(dim, 1)) for dim in messages(data, 2))


def read_variables(index: Path) -> list[Variable]:
    """The variables of a checkpoint, in the order of their names.

    Args:
        index: the file ``{prefix}.index``.

    Raises:
        DataError: it cannot be read, or is no such file.
    """
    try:
        table = index.read_bytes()
    except OSError as error:
        raise DataError(f"{index} cannot be read: {error.strerror or error}.") from error
    if len(table) < _FOOTER or table[-8:] != _MAGIC:
        raise DataError(f"{index} is not the index of a checkpoint.")
    footer, at = table[-_FOOTER:], 0
    handle = []
    for _ in range(4):
        value, at = varint(footer, at)
        handle.append(value)
    found = []
    for _, block in _entries(_block(table, handle[2], handle[3])):
        offset, at = varint(block, 0)
        size, _ = varint(block, at)
        found += [_variable(key, value) for key, value in _entries(_block(table, offset, size))]
    # The empty key has the header; partitioned variables have keys of their parts after a zero.
    return [one for one in found if one.name and not one.name.startswith("\0")]


def _block(table: bytes, offset: int, size: int) -> bytes:
    if offset + size + _TRAILER > len(table):
        raise DataError("The index of a checkpoint is cut off.")
    if table[offset + size]:
        raise DataError("The index of a checkpoint is compressed, which TensorFlow's is not.")
    return table[offset : offset + size]


def _entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values; a key begins with as much of the one before as its entry says."""
    restarts = int.from_bytes(block[-4:], "little")
    end = len(block) - 4 * (restarts + 1)
    key, at = b"", 0
    while at < end:
        shared, at = varint(block, at)
        own, at = varint(block, at)
        size, at = varint(block, at)
        key = key[:shared] + block[at : at + own]
        yield key, block[at + own : at + own + size]
        at += own + size


def _variable(key: bytes, entry: bytes) -> Variable:
    shape: tuple[int, ...] = ()
    for field, value in fields(entry):
        if field == 2 and isinstance(value, bytes):
            shape = read_shape(value)
    name = key.decode(errors="replace")
    return Variable(name, dtype_name(number(entry, 1)), shape, number(entry, 5))
