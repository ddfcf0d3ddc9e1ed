"""Writes down what columns are like as a Schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import schema_pb2

from trainwright.data.columns import as_array, is_float, is_integer, is_list, is_text
from trainwright.errors import InvalidArgumentError

__all__ = ["LARGEST_DOMAIN", "ColumnTraits", "add_feature", "infer_schema"]

LARGEST_DOMAIN = 128
"""Distinct values of text up to which a schema lists them."""


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
        add_feature(schema, name, _traits(name, as_array(name, values)))
    return schema


@dataclass(frozen=True)
class ColumnTraits:
    """What a schema says of a column.

    Attributes:
        kind: ``"INT"``, ``"FLOAT"`` or ``"BYTES"``.
        single: whether each row has one value: none is missing, none is a list.
        lists: whether rows hold any number of values.
        bounds: the least and greatest of integers, None where there are none.
        domain: the distinct values of text, None where they are too many or no text.
    """

    kind: str
    single: bool
    lists: bool
    bounds: tuple[int, int] | None = None
    domain: Sequence[str] | None = None


def add_feature(schema: schema_pb2.Schema, name: str, traits: ColumnTraits) -> None:
    """Adds the feature of a column to a schema."""
    feature = schema.feature.add(name=name, type=schema_pb2.FeatureType.Value(traits.kind))
    if traits.bounds is not None:
        feature.int_domain.min, feature.int_domain.max = traits.bounds
    if traits.domain is not None and 0 < len(traits.domain) <= LARGEST_DOMAIN:
        feature.string_domain.value.extend(sorted(traits.domain))
    feature.presence.min_count = 1
    if traits.single:
        feature.shape.dim.add(size=1)
        feature.presence.min_fraction = 1
    elif not traits.lists:
        feature.value_count.min = feature.value_count.max = 1


def _traits(name: str, array: pa.Array) -> ColumnTraits:
    lists = is_list(array.type)
    flat = array.flatten() if lists else array
    single = not lists and not array.null_count
    if is_integer(flat.type):
        return ColumnTraits("INT", single, lists, bounds=_bounds(flat))
    if is_float(flat.type):
        return ColumnTraits("FLOAT", single, lists)
    if is_text(flat.type):
        return ColumnTraits("BYTES", single, lists, domain=_distinct(flat))
    raise InvalidArgumentError(f"Column {name!r} is of type {array.type}, which no feature can be.")


def _bounds(flat: pa.Array) -> tuple[int, int] | None:
    bounds = pc.min_max(flat)
    if not bounds["min"].is_valid:
        return None
    return int(bounds["min"].as_py()), int(bounds["max"].as_py())


def _distinct(flat: pa.Array) -> list[str] | None:
    if not (pa.types.is_string(flat.type) or pa.types.is_large_string(flat.type)):
        return None
    distinct = flat.drop_null().unique()
    return distinct.to_pylist() if len(distinct) <= LARGEST_DOMAIN else None
