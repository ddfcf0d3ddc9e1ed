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
    tables = {name.lower() for name in inspect(connection).get_table_names()}
    if not tables:
        return None
    versions = []
    if str(environment.name).lower() in tables:
        versions = list(connection.execute(select(environment.c.schema_version)).scalars())
    if versions == [SCHEMA_VERSION]:
        return SCHEMA_VERSION
    if not versions and _is_unfinished(connection, tables):
        return None
    found = f"schema version {versions[0]}" if versions else "other tables"
    raise LineageError(
        f"{location.name} holds {found}. Lineage needs ML Metadata's schema version "
        f"{SCHEMA_VERSION}.",
        hint="It was left as it is; name another database, or upgrade it with ML Metadata.",
    )


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
