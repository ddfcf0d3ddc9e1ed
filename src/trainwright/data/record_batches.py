"""Arrow record batches of tf.train.Examples.

Columns are as tfx_bsl makes them: ``large_list<int64>``, ``large_list<float>`` or
``large_list<large_binary>``; a row without the feature is null, one that has it without values
is an empty list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from trainwright.data.example_message import example_features
from trainwright.data.examples import Patterns, records_dataset
from trainwright.errors import DataError, InvalidArgumentError, SchemaError

if TYPE_CHECKING:
    import tensorflow as tf
    from tensorflow_metadata.proto.v0 import schema_pb2

__all__ = ["arrow_schema", "decode_examples", "record_batches"]

_TYPES: dict[str, pa.DataType] = {
    "int64_list": pa.large_list(pa.int64()),
    "float_list": pa.large_list(pa.float32()),
    "bytes_list": pa.large_list(pa.large_binary()),
}
"""The column's type by the kind of the feature's values."""

_KINDS = {"INT": "int64_list", "FLOAT": "float_list", "BYTES": "bytes_list"}
"""The kind of the feature's values by the schema's type."""


def record_batches(
    file_patterns: Patterns,
    batch_size: int,
    schema: schema_pb2.Schema | None = None,
    *,
    num_epochs: int | None = None,
    shuffle: bool = True,
    shuffle_buffer_size: int = 10_000,
    seed: int | None = None,
    drop_final_batch: bool = False,
) -> Iterator[pa.RecordBatch]:
    """Record batches of the tf.train.Examples in TFRecord files.

    Args:
        file_patterns: TFRecord files, plain or gzip, as names or glob patterns.
        batch_size: rows of a batch. Batches reach over the end of an epoch.
        schema: gives the columns, in its order; features it does not name are left out. None:
            each batch has the features it holds, in the order of their names.
        num_epochs: how often to read the files; None: for ever.
        shuffle: mixes files and records, anew in each epoch.
        shuffle_buffer_size: how many records the order is mixed among, approximately.
        seed: makes the order the same each time the program runs.
        drop_final_batch: leaves out a last, smaller batch.

    Raises:
        DataError: no file matches a pattern; or, when it is come to, a record that is no Example
            or has a feature of another type than the schema says.
        SchemaError: a feature is of a type that an Example cannot hold.
        InvalidArgumentError: an argument out of range, or the call is inside a graph.
    """
    import tensorflow as tf

    if not tf.executing_eagerly():
        raise InvalidArgumentError(
            "Record batches cannot be read while a graph is built, as in an input_fn.",
            hint="Read them before, in trainer_fn itself.",
        )
    columns = arrow_schema(schema) if schema is not None else None
    dataset = records_dataset(
        file_patterns,
        _Serialized(),
        batch_size,
        num_epochs=num_epochs,
        shuffle=shuffle,
        shuffle_buffer_size=shuffle_buffer_size,
        seed=seed,
        drop_final_batch=drop_final_batch,
    )
    return (decode_examples(batch, columns) for batch in dataset.as_numpy_iterator())


class _Serialized:
    """Leaves records as they are."""

    whole_blocks = True
    separate_rows = True

    def __call__(self, serialized: tf.Tensor) -> tf.Tensor:
        return serialized


def arrow_schema(schema: schema_pb2.Schema) -> pa.Schema:
    """The columns of a schema's features, in its order.

    Raises:
        SchemaError: a feature is of a type that an Example cannot hold.

    Example:
        >>> from tensorflow_metadata.proto.v0 import schema_pb2
        >>> schema = schema_pb2.Schema()
        >>> _ = schema.feature.add(name="age", type="INT")
        >>> arrow_schema(schema).types
        [LargeListType(large_list<item: int64>)]
    """
    from tensorflow_metadata.proto.v0 import schema_pb2

    fields = []
    for feature in schema.feature:
        kind = schema_pb2.FeatureType.Name(feature.type)
        if kind not in _KINDS:
            raise SchemaError(
                f"Feature {feature.name!r} is of type {kind}. A tf.train.Example holds "
                "INT, FLOAT and BYTES."
            )
        fields.append(pa.field(feature.name, _TYPES[_KINDS[kind]]))
    return pa.schema(fields)


def decode_examples(
    serialized: Sequence[bytes], columns: pa.Schema | None = None
) -> pa.RecordBatch:
    """One record batch of serialized tf.train.Examples.

    Args:
        serialized: one per row.
        columns: as :func:`arrow_schema` gives them; None: as the rows have them, in the order of
            their names. A feature that has no values in any row then is a column of type null.

    Raises:
        DataError: a row is no Example, or a feature's values are of another type than its
            column, or of several.
    """
    rows = [example_features(record) for record in serialized]
    if columns is None:
        names = sorted({name for row in rows for name in row})
        arrays = [_column(name, rows, None) for name in names]
        return pa.RecordBatch.from_arrays(arrays, names=names)
    arrays = [_column(field.name, rows, field.type) for field in columns]
    return pa.RecordBatch.from_arrays(arrays, schema=columns)


def _column(name: str, rows: Sequence[Any], type_: pa.DataType | None) -> pa.Array:
    """The values of one feature, by row."""
    values: list[Any] = []
    for row in rows:
        # Asking a map of protocol buffers for an absent key would add it.
        kind = row[name].WhichOneof("kind") if name in row else None
        if kind is None:
            values.append(None)
            continue
        type_ = _TYPES[kind] if type_ is None else type_
        if _TYPES[kind] != type_:
            raise DataError(
                f"Feature {name!r} has values in its {kind}, but its column is of type {type_}.",
                hint="Give the schema of these examples, with the feature's own type.",
            )
        values.append(getattr(row[name], kind).value)
    return pa.array(values, type_ if type_ is not None else pa.null())
