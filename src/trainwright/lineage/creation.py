"""Creating the tables: their indexes, what is special on MySQL, their first rows.

Indexes are those of ML Metadata. Departures, which it does not notice: on PostgreSQL texts are
indexed by their beginnings only, for an index there takes no more than 2704 bytes; two indexes more
find the contexts of a run, and the runs of a state, without reading whole tables.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Index, Table, func
from sqlalchemy.dialects.mysql import MEDIUMBLOB, MEDIUMTEXT, TINYINT
from sqlalchemy.types import TypeEngine

from trainwright.lineage.records import SCHEMA_VERSION, TypeKind
from trainwright.lineage.tables import (
    TABLES,
    artifact,
    artifact_property,
    association,
    context,
    context_property,
    environment,
    event,
    event_path,
    execution,
    execution_property,
    parent_context,
    type_table,
)

__all__ = ["create_tables"]

PRESEEDED_TYPES = (
    ("mlmd.Dataset", TypeKind.ARTIFACT),
    ("mlmd.Model", TypeKind.ARTIFACT),
    ("mlmd.Metrics", TypeKind.ARTIFACT),
    ("mlmd.Statistics", TypeKind.ARTIFACT),
    ("mlmd.Train", TypeKind.EXECUTION),
    ("mlmd.Transform", TypeKind.EXECUTION),
    ("mlmd.Process", TypeKind.EXECUTION),
    ("mlmd.Evaluate", TypeKind.EXECUTION),
    ("mlmd.Deploy", TypeKind.EXECUTION),
)
"""The types that every database begins with; the first has id 1."""
_BEGINNING = 255
"""How many characters of a long text are indexed where not all can be."""
_MYSQL = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "latin1",  # holding UTF-8, see ``servers``
    "mysql_collate": "latin1_bin",
}
_MYSQL_TYPES: dict[str, TypeEngine[Any]] = {
    "is_custom_property": TINYINT(1),
    "is_index_step": TINYINT(1),
    "type_kind": TINYINT(1),
    "string_value": MEDIUMTEXT(),
    "byte_value": MEDIUMBLOB(),
    "proto_value": MEDIUMBLOB(),
}
"""Types of columns there. Python sees the same values in these and in those of ``tables``."""


def _set_options() -> None:
    for table in TABLES.tables.values():
        # A single id counts upwards and never gives a number twice.
        table.kwargs.update(_MYSQL, sqlite_autoincrement="id" in table.c)
        for column in table.c:
            if column.name in _MYSQL_TYPES:
                column.type = column.type.with_variant(_MYSQL_TYPES[column.name], "mysql")


def _add_indexes() -> None:
    Index("idx_artifact_uri", artifact.c.uri, mysql_length=_BEGINNING, postgresql_using="hash")
    Index("idx_event_execution_id", event.c.execution_id)
    Index("idx_parentcontext_parent_context_id", parent_context.c.parent_context_id)
    Index("idx_type_name", type_table.c.name)
    Index("idx_eventpath_event_id", event_path.c.event_id)
    Index("idx_association_execution_id", association.c.execution_id)
    Index("idx_execution_last_known_state", execution.c.last_known_state, execution.c.id)
    for owner, table, properties in (
        ("artifact", artifact, artifact_property),
        ("execution", execution, execution_property),
        ("context", context, context_property),
    ):
        for column in ("create_time_since_epoch", "last_update_time_since_epoch"):
            Index(f"idx_{owner}_{column}", table.c[column])
        for kind in ("int", "double", "string"):
            _index_values(owner, properties, kind)
    for owner, table in (
        ("type", type_table),
        ("artifact", artifact),
        ("execution", execution),
        ("context", context),
    ):
        Index(f"idx_{owner}_external_id", table.c.external_id)


def _index_values(owner: str, properties: Table, kind: str) -> None:
    """The index over one kind of value; rows of other kinds stay out of it where possible."""
    value = properties.c[f"{kind}_value"]
    keys = (properties.c.name, properties.c.is_custom_property)
    name = f"idx_{owner}_property_{kind}"
    there: dict[str, Any] = {
        "sqlite_where": value.is_not(None),
        "postgresql_where": value.is_not(None),
    }
    if kind != "string":
        Index(name, *keys, value, **there)
        return
    files = Index(name, *keys, value, mysql_length={"string_value": _BEGINNING}, **there)
    files.ddl_if(dialect=("sqlite", "mysql"))  # type: ignore[arg-type] # it takes several
    servers = Index(name, *keys, func.left(value, _BEGINNING), **there)
    servers.ddl_if(dialect="postgresql")


_set_options()
_add_indexes()


def create_tables(connection: Connection) -> None:
    """Creates all tables in an empty database, with the rows that each one begins with.

    On MySQL each table appears at once, and some may be there already: the rows come last, all
    together.
    """
    TABLES.create_all(connection, checkfirst=connection.dialect.name == "mysql")
    for name, kind in PRESEEDED_TYPES:
        connection.execute(type_table.insert().values(name=name, type_kind=int(kind)))
    connection.execute(environment.insert().values(schema_version=SCHEMA_VERSION))
