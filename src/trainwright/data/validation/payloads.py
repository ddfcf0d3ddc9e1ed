"""What the records of Examples may be, and how a check reads them.

Rows of Parquet files are read as the tf.train.Examples that training makes of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainwright.data.example_message import SEQUENCE, example_features, sequence_features
from trainwright.data.tfrecord import read_records
from trainwright.data.validation.expectations import (
    Expectation,
    expectations,
    sequence_expectations,
)
from trainwright.errors import DataError, InvalidArgumentError

if TYPE_CHECKING:
    import pyarrow as pa
    from tensorflow_metadata.proto.v0 import schema_pb2

__all__ = ["EXAMPLE", "PAYLOADS", "Payload", "payload_of"]

_BATCH_ROWS = 1_024
_MAGIC = b"PAR1"


@dataclass(frozen=True)
class Payload:
    """One kind of records.

    Attributes:
        name: of one of them, for people.
        expect: what a schema asks of their features, by name.
        read: the records of a file, given what is asked of their features.
        features: those of a record, by name.
    """

    name: str
    expect: Callable[[schema_pb2.Schema], dict[str, Expectation]]
    read: Callable[[str, Mapping[str, Expectation]], Iterator[bytes]]
    features: Callable[[bytes], Mapping[str, Any]]


def payload_of(files: Sequence[str], schema: schema_pb2.Schema) -> Payload:
    """The kind of records in files of which only the schema is known.

    Args:
        files: one or more; the first one tells Parquet from TFRecords.
        schema: it tells SequenceExamples by their ``##SEQUENCE##``.
    """
    with Path(files[0]).open("rb") as file:
        if file.read(len(_MAGIC)) == _MAGIC:
            return PAYLOADS["FORMAT_PARQUET"]
    if any(feature.name == SEQUENCE for feature in schema.feature):
        return PAYLOADS["FORMAT_TF_SEQUENCE_EXAMPLE"]
    return EXAMPLE


def _records(file: str, expected: Mapping[str, Expectation]) -> Iterator[bytes]:
    del expected
    return read_records(file)


def _parquet_rows(file: str, expected: Mapping[str, Expectation]) -> Iterator[bytes]:
    """The rows of a Parquet file as Examples.

    Columns that no feature can hold are left out where the schema does not name them.

    Raises:
        DataError: the file is no Parquet, or has such a column.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    from trainwright.data.example_proto import encode_examples

    try:
        with pq.ParquetFile(file) as parquet:
            for batch in parquet.iter_batches(_BATCH_ROWS):
                columns = {}
                for name, column in zip(batch.schema.names, batch.columns, strict=True):
                    values = _values(file, name, column, expected.get(name))
                    if values is not None:
                        columns[name] = values
                yield from encode_examples(columns) if columns else [b""] * batch.num_rows
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{file} cannot be read as Parquet: {error}.") from error
    except InvalidArgumentError as error:  # of a column
        raise DataError(f"{file} cannot be read: {error.message}", hint=error.hint) from error


def _values(
    file: str, name: str, column: pa.Array, expected: Expectation | None
) -> pa.Array | None:
    """A column as features hold it; None where it is none."""
    import pyarrow as pa

    from trainwright.data.columns import as_array, is_float, is_integer, is_list, is_text

    array = as_array(name, column)
    own = array.type.value_type if is_list(array.type) else array.type
    if not (is_integer(own) or is_float(own) or is_text(own)):
        if expected is None:
            return None
        raise DataError(
            f"{file} cannot be read: its column {name!r} is of type {array.type}, which no "
            "feature can hold.",
            hint="Write it as integers, floating-point numbers, strings or bytes.",
        )
    # Where floating-point numbers are asked for, integers are read as such.
    if expected is None or expected.kind != "FLOAT" or pa.types.is_null(own):
        return array
    if is_text(own) or is_float(own):
        return array
    floats = pa.float32()
    return array.cast(pa.large_list(floats) if is_list(array.type) else floats, safe=False)


EXAMPLE = Payload("tf.train.Example", expectations, _records, example_features)
"""The records of most Examples."""

PAYLOADS = {
    "FORMAT_TF_EXAMPLE": EXAMPLE,
    "FORMAT_TF_SEQUENCE_EXAMPLE": Payload(
        "tf.train.SequenceExample", sequence_expectations, _records, sequence_features
    ),
    "FORMAT_PARQUET": Payload("row of Parquet", expectations, _parquet_rows, example_features),
}
"""Those that can be checked, by payload_format."""
