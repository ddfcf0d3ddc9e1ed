"""Property values as rows: one row a property, the value in the column of its type."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select

from trainwright.lineage.records import PropertyValue
from trainwright.lineage.rows import batches

__all__ = ["Limits", "clean_text", "read_properties", "write_properties"]

_COLUMNS = ("bool_value", "int_value", "double_value", "string_value", "byte_value", "proto_value")


@dataclass(frozen=True)
class Limits:
    """What the columns of property values can take.

    Attributes:
        integer_bits: of the column of integers; larger ones become strings.
        text_bytes: of the column of strings, in UTF-8; longer ones are cut, and say so. None:
            more than anyone writes.
    """

    integer_bits: int = 64
    text_bytes: int | None = None

    def takes(self, number: int) -> bool:
        """Whether an integer can stay one."""
        return number in range(-(1 << self.integer_bits - 1), 1 << self.integer_bits - 1)

    def cut(self, text: str) -> str:
        """A text that fits.

        Example:
            >>> Limits(text_bytes=3).cut("abcdef")
            'abc... (6 characters)'
        """
        encoded = text.encode()
        if self.text_bytes is None or len(encoded) <= self.text_bytes:
            return text
        kept = encoded[: self.text_bytes].decode(errors="ignore")
        return f"{kept}... ({len(text)} characters)"


_UNLIMITED = Limits()


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
    limits = connection.get_execution_options().get("lineage_limits", _UNLIMITED)
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
            | _value_columns(value, limits)
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


def _value_columns(value: PropertyValue, limits: Limits) -> dict[str, Any]:
    columns: dict[str, Any] = dict.fromkeys(_COLUMNS)
    if isinstance(value, bool):
        columns["bool_value"] = value
    elif isinstance(value, int) and limits.takes(value):
        columns["int_value"] = value
    elif isinstance(value, float) and math.isfinite(value):
        columns["double_value"] = value
    elif isinstance(value, bytes):
        columns["byte_value"] = value
    else:
        columns["string_value"] = limits.cut(clean_text(str(value)))
    return columns
