"""Writes down what columns are like as a Schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import schema_pb2

from trainwright.data.columns import as_array, is_float, is_integer, is_list, is_text
from trainwright.errors import InvalidArgumentError

__all__ = ["infer_schema"]

_LARGEST_DOMAIN = 128


def infer_schema(columns: Mapping[str, Any]) -> schema_pb2.Schema:
    """The schema that these columns fit.

    A column without nulls and lists gets the shape `[1]` and must be present; any other is of
    variable length. Integers get their range, strings of up to 128 distinct values their domain.

    Args:
        columns: feature name -> array of shape `[rows]`, as for
            :func:`trainwright.data.example_proto.encode_examples`.

    Raises:
        InvalidArgumentError: a column of a type no feature can have.

    Example:
        >>> schema = infer_schema({"carrier": ["UA", "DL", "UA"]})
        >>> list(schema.feature[0].string_domain.value)
        ['DL', 'UA']
    """
    schema = schema_pb2.Schema()
    for name, values in columns.items():
        _describe(as_array(name, values), schema.feature.add(name=name))
    return schema


def _describe(array: pa.Array, feature: schema_pb2.Feature) -> None:
    lists = is_list(array.type)
    flat = array.flatten() if lists else array
    if is_integer(flat.type):
        feature.type = schema_pb2.INT
        _add_range(flat, feature)
    elif is_float(flat.type):
        feature.type = schema_pb2.FLOAT
    elif is_text(flat.type):
        feature.type = schema_pb2.BYTES
        _add_domain(flat, feature)
    else:
        raise InvalidArgumentError(
            f"Column {feature.name!r} is of type {array.type}, which no feature can be."
        )
    if lists or array.null_count:
        if not lists:
            feature.value_count.min = feature.value_count.max = 1
        feature.presence.min_count = 1
        return
    feature.shape.dim.add(size=1)
    feature.presence.min_fraction = 1
    feature.presence.min_count = 1


def _add_range(flat: pa.Array, feature: schema_pb2.Feature) -> None:
    bounds = pc.min_max(flat)
    if bounds["min"].is_valid:
        feature.int_domain.min = int(bounds["min"].as_py())
        feature.int_domain.max = int(bounds["max"].as_py())


def _add_domain(flat: pa.Array, feature: schema_pb2.Feature) -> None:
    if not (pa.types.is_string(flat.type) or pa.types.is_large_string(flat.type)):
        return
    distinct = flat.drop_null().unique()
    if 0 < len(distinct) <= _LARGEST_DOMAIN:
        feature.string_domain.value.extend(sorted(distinct.to_pylist()))
