"""Small habits of writing and reading rows, shared by the modules beside this one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, insert, literal, select

from trainwright.lineage.locks import find_or_create

__all__ = ["batches", "ensure_row", "insert_row"]

_MOST_IN_A_LIST = 500
"""How many ids one statement names; older builds of SQLite take at most 999."""

T = TypeVar("T")


def batches(items: Iterable[T], size: int = _MOST_IN_A_LIST) -> Iterator[list[T]]:
    """Cuts items into lists of at most ``size``.

    Example:
        >>> list(batches([1, 2, 3], size=2))
        [[1, 2], [3]]
    """
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def insert_row(connection: Connection, table: Table, **values: Any) -> int:
    """Inserts one row and returns its id."""
    result = connection.execute(insert(table).values(**values))
    assert result.inserted_primary_key is not None
    return int(result.inserted_primary_key[0])


def ensure_row(connection: Connection, table: Table, values: Mapping[str, Any]) -> None:
    """Inserts a row unless there is one with these values, which several processes may want."""
    same = [table.c[name] == value for name, value in values.items()]

    def find() -> int | None:
        return connection.execute(select(literal(1)).select_from(table).where(*same)).scalar()

    def create() -> int:
        connection.execute(insert(table).values(**values))
        return 1

    find_or_create(connection, find, create)
