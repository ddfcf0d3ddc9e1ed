"""Which layout a database has."""

from __future__ import annotations

from sqlalchemy import Connection, inspect, select

from trainwright.errors import LineageError
from trainwright.lineage.location import Location
from trainwright.lineage.records import SCHEMA_VERSION
from trainwright.lineage.tables import TABLES, environment

__all__ = ["stored_version"]


def stored_version(connection: Connection, location: Location) -> int | None:
    """The layout's version; None where the database is empty, or was never made complete.

    Raises:
        LineageError: it holds something else, or another version.
    """
    tables = _table_names(connection)
    if not tables:
        return None
    versions = _versions(connection, tables)
    if not versions:
        if _is_unfinished(connection, tables):
            return None
        # Another process may have completed them since.
        versions = _versions(connection, _table_names(connection))
    if versions == [SCHEMA_VERSION]:
        return SCHEMA_VERSION
    found = f"schema version {versions[0]}" if versions else "other tables"
    raise LineageError(
        f"{location.name} holds {found}. Lineage needs ML Metadata's schema version "
        f"{SCHEMA_VERSION}.",
        hint="It was left as it is; name another database, or upgrade it with ML Metadata.",
    )


def _table_names(connection: Connection) -> set[str]:
    return {name.lower() for name in inspect(connection).get_table_names()}


def _versions(connection: Connection, tables: set[str]) -> list[int]:
    if str(environment.name).lower() not in tables:
        return []
    return list(connection.execute(select(environment.c.schema_version)).scalars())


def _is_unfinished(connection: Connection, tables: set[str]) -> bool:
    """Whether whoever was creating the tables died: on MySQL, each one appears at once.

    The first rows, the version among them, are written together when all tables are there.
    """
    if connection.dialect.name != "mysql":
        return False
    ours = {table.name.lower(): table for table in TABLES.tables.values()}
    return tables <= set(ours) and all(
        connection.execute(select(ours[name]).limit(1)).first() is None for name in tables
    )
