"""Parquet files as files of tf.train.Examples.

Rows become Examples once per process, in a temporary directory that goes when the process ends.
From there all that reads Examples reads them: shuffled, repeated, and resumed as any others.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from trainwright.data.columns import as_array, is_float, is_integer, is_list, is_text
from trainwright.data.example_proto import encode_examples
from trainwright.data.files import Patterns, matching_files
from trainwright.data.record_batches import arrow_schema
from trainwright.data.tfrecord import write_records
from trainwright.errors import DataError, InvalidArgumentError

if TYPE_CHECKING:
    from tensorflow_metadata.proto.v0 import schema_pb2

__all__ = ["parquet_as_records"]

_BATCH_ROWS = 4_096

_made: dict[Any, tempfile.TemporaryDirectory[str]] = {}
"""By what they were made of, the directories of TFRecord files of this process."""


def parquet_as_records(
    file_patterns: Patterns,
    schema: schema_pb2.Schema | None = None,
    required: Collection[str] = (),
) -> list[str]:
    """TFRecord files of tf.train.Examples, with the rows of Parquet files in their order.

    A column of numbers, strings, bytes or booleans is a feature of one value, a column of lists
    one of any number of values; null is a feature that the row does not have.

    Args:
        file_patterns: Parquet files, as names or glob patterns.
        schema: names the columns to read, and the type of each: INT for integers and booleans,
            FLOAT for any numbers, BYTES for strings and bytes. A column that a file lacks is a
            feature its rows do not have. None: all columns, each with its own type.
        required: names of columns that each file must have.

    Returns:
        One file for each Parquet file, in the order of their names. Asked again for the same
        files while they are unchanged, it returns the same.

    Raises:
        DataError: no file matches a pattern; a file is no Parquet, lacks a required column, or
            has a column of another type.
        SchemaError: a feature is of a type that an Example cannot hold.
    """
    columns = arrow_schema(schema) if schema is not None else None
    names = matching_files(file_patterns)
    stamps = [_stamp(name) for name in names]
    key = (*stamps, None if columns is None else columns.serialize().to_pybytes())
    if key not in _made:
        folder = tempfile.TemporaryDirectory(prefix="trainwright-parquet-")
        for number, name in enumerate(names):
            rows = _encoded_rows(name, columns, required)
            write_records(Path(folder.name) / f"{number:06d}", rows, "")
        _made[key] = folder
    return [str(Path(_made[key].name) / f"{number:06d}") for number in range(len(names))]


def _stamp(name: str) -> tuple[str, int, int]:
    try:
        stat = Path(name).stat()
    except OSError as error:
        raise DataError(
            f"{name} cannot be read: {error.strerror}.",
            hint="Parquet files are read from local directories.",
        ) from error
    return str(Path(name).absolute()), stat.st_size, stat.st_mtime_ns


def _encoded_rows(
    name: str, columns: pa.Schema | None, required: Collection[str]
) -> Iterator[bytes]:
    """One serialized Example for each row of a Parquet file."""
    try:
        with pq.ParquetFile(name) as file:
            present = file.schema_arrow.names
            missing = sorted(set(required) - set(present))
            if missing:
                raise DataError(
                    f"{name} lacks the column {missing[0]!r}, which every example must have.",
                    hint=f"Its columns: {', '.join(present)}.",
                )
            wanted = present if columns is None else [n for n in columns.names if n in present]
            for batch in file.iter_batches(_BATCH_ROWS, columns=wanted):
                arrays = {n: _feature(n, batch.column(n), columns) for n in wanted}
                yield from encode_examples(arrays) if wanted else [b""] * batch.num_rows
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{name} cannot be read as Parquet: {error}.") from error
    except InvalidArgumentError as error:  # of a column
        raise DataError(f"{name} cannot be read: {error.message}", hint=error.hint) from error


def _feature(name: str, column: pa.Array, columns: pa.Schema | None) -> pa.Array:
    """A column with values of the type that the schema gives it."""
    array = as_array(name, column)
    if columns is None or pa.types.is_null(array.type):
        return array
    target = columns.field(name).type.value_type
    own = array.type.value_type if is_list(array.type) else array.type
    accepted = {
        pa.int64(): is_integer(own),
        pa.float32(): is_float(own) or is_integer(own),
        pa.large_binary(): is_text(own),
    }
    if not accepted[target]:
        raise InvalidArgumentError(
            f"column {name!r} is of type {array.type}, but the schema says that its values are "
            f"{target}.",
            hint="Correct the schema, or write the column with that type.",
        )
    # Not safe: numbers become float32, as everywhere in Examples, with what precision it has.
    return array.cast(pa.large_list(target) if is_list(array.type) else target, safe=False)
