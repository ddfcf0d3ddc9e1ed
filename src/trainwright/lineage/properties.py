"""Property values as rows: one row a property, the value in the column of its type."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select

from trainwright.lineage.records import PropertyValue
from trainwright.lineage.rows import batches

__all__ = ["clean_text", "read_properties", "write_properties"]

_COLUMNS = ("bool_value", "int_value", "double_value", "string_value", "byte_value", "proto_value")
_INT64 = range(-(2**63), 2**63)


def clean_text(text: str) -> str:
    r"""Text that every database takes: what is not valid Unicode, and NUL, is spelled out.

    Example:
        >>> clean_text("a\x00b\udcff")
        'a\\x00b\\udcff'
    """
    return text.replace("\x00", "\\x00").encode("utf-8", "backslashreplace").decode("utf-8")


def write_properties(
    connection: Connection,
    table: Table,
    owner_id: int,
    properties: Mapping[str, PropertyValue],
    *,
    custom: bool,
) -> None:
    """Sets properties of one artifact, execution or context; others it has stay.

    Numbers that are not finite become the strings ``nan``, ``inf`` and ``-inf``: SQLite
    turns NaN into NULL. Integers beyond 64 bits become strings too.
    """
    if not properties:
        return
    owner = table.c[0]
    connection.execute(
        delete(table).where(
            owner == owner_id,
            table.c.is_custom_property == int(custom),
            table.c.name.in_(list(properties)),
        )
    )
    connection.execute(
        insert(table),
        [
            {owner.name: owner_id, "name": name, "is_custom_property": int(custom)}
            | _value_columns(value)
            for name, value in properties.items()
        ],
    )


def read_properties(
    connection: Connection, table: Table, owner_ids: Sequence[int]
) -> dict[int, tuple[dict[str, PropertyValue], dict[str, PropertyValue]]]:
    """Declared and custom properties of each owner, in this order, by owner."""
    found: dict[int, tuple[dict[str, PropertyValue], dict[str, PropertyValue]]] = defaultdict(
        lambda: ({}, {})
    )
    owner = table.c[0]
    for ids in batches(owner_ids):
        columns = [table.c[column] for column in _COLUMNS]
        query = select(owner, table.c.name, table.c.is_custom_property, *columns)
        query = query.where(owner.in_(ids)).order_by(owner, table.c.name)
        for owner_id, name, custom, *values in connection.execute(query):
            value = next((value for value in values if value is not None), None)
            if value is not None:
                found[owner_id][bool(custom)][name] = value
    return found


def _value_columns(value: PropertyValue) -> dict[str, Any]:
    columns: dict[str, Any] = dict.fromkeys(_COLUMNS)
    if isinstance(value, bool):
        columns["bool_value"] = value
    elif isinstance(value, int) and value in _INT64:
        columns["int_value"] = value
    elif isinstance(value, float) and math.isfinite(value):
        columns["double_value"] = value
    elif isinstance(value, bytes):
        columns["byte_value"] = value
    else:
        columns["string_value"] = clean_text(str(value))
    return columns
