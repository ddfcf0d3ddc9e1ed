"""The tables of an ML Metadata database, schema version 10.

The layout is ML Metadata's own: names, columns, uniqueness and indexes are those of the schema
that its versions 1.15 and 1.17 create, on each kind of database. Table names are deliberately
unquoted, so that each server folds them as it does for ML Metadata. Departures, which it does not
notice: integers have 64 bits everywhere; on PostgreSQL texts are indexed by their beginnings only,
for an index there takes no more than 2704 bytes; two indexes more find the contexts of a run, and
the runs of a state, without reading whole tables.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.mysql import MEDIUMBLOB, MEDIUMTEXT, TINYINT
from sqlalchemy.sql import quoted_name

from trainwright.lineage.records import SCHEMA_VERSION, TypeKind

__all__ = [
    "TABLES",
    "artifact",
    "artifact_property",
    "association",
    "attribution",
    "context",
    "context_property",
    "create_tables",
    "environment",
    "event",
    "event_path",
    "execution",
    "execution_property",
    "parent_context",
    "parent_type",
    "type_property",
    "type_table",
]

TABLES = MetaData()

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


def _table(name: str, *items: Any) -> Table:
    """A table; a single ``id`` column counts upwards and never gives a number twice."""
    counts = items[0].name == "id"
    return Table(
        quoted_name(name, quote=False),
        TABLES,
        *items,
        sqlite_autoincrement=counts,
        mysql_engine="InnoDB",
        mysql_charset="latin1",  # holding UTF-8, see ``servers``
        mysql_collate="latin1_bin",
    )


_FLAG = SmallInteger().with_variant(Boolean(), "postgresql").with_variant(TINYINT(1), "mysql")
_KIND = SmallInteger().with_variant(TINYINT(1), "mysql")
_TEXT = Text().with_variant(MEDIUMTEXT(), "mysql")
_BEGINNING = 255
"""How many characters of a long text are indexed where not all can be."""
_BYTES = LargeBinary().with_variant(MEDIUMBLOB(), "mysql")


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True)


def _reference(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, autoincrement=False)


def _name(nullable: bool = True) -> Column[str]:
    return Column("name", String(255), nullable=nullable)


def _external_id() -> Column[str]:
    return Column("external_id", String(255), unique=True)


def _epoch(name: str) -> Column[int]:
    """A time in milliseconds since 1970."""
    return Column(name, BigInteger, nullable=False, server_default=text("0"))


def _times() -> tuple[Column[int], Column[int]]:
    return _epoch("create_time_since_epoch"), _epoch("last_update_time_since_epoch")


def _property_table(name: str, owner: str) -> Table:
    """A table of property values: one row a property, the value in the column of its type."""
    return _table(
        name,
        _reference(owner),
        _name(nullable=False),
        Column("is_custom_property", _FLAG, nullable=False, autoincrement=False),
        Column("int_value", BigInteger),
        Column("double_value", Double),
        Column("string_value", _TEXT),
        Column("byte_value", _BYTES),
        Column("proto_value", _BYTES),
        Column("bool_value", Boolean),
        PrimaryKeyConstraint(owner, "name", "is_custom_property"),
    )


type_table = _table(
    "Type",
    _id(),
    _name(nullable=False),
    Column("version", String(255)),
    Column("type_kind", _KIND, nullable=False),
    Column("description", Text),
    Column("input_type", Text),
    Column("output_type", Text),
    _external_id(),
)
type_property = _table(
    "TypeProperty",
    _reference("type_id"),
    _name(nullable=False),
    Column("data_type", Integer),
    PrimaryKeyConstraint("type_id", "name"),
)
parent_type = _table(
    "ParentType",
    _reference("type_id"),
    _reference("parent_type_id"),
    PrimaryKeyConstraint("type_id", "parent_type_id"),
)
artifact = _table(
    "Artifact",
    _id(),
    _reference("type_id"),
    Column("uri", Text),
    Column("state", Integer),
    _name(),
    _external_id(),
    *_times(),
    UniqueConstraint("type_id", "name"),
)
artifact_property = _property_table("ArtifactProperty", "artifact_id")
execution = _table(
    "Execution",
    _id(),
    _reference("type_id"),
    Column("last_known_state", Integer),
    _name(),
    _external_id(),
    *_times(),
    UniqueConstraint("type_id", "name"),
)
execution_property = _property_table("ExecutionProperty", "execution_id")
event = _table(
    "Event",
    _id(),
    _reference("artifact_id"),
    _reference("execution_id"),
    Column("type", Integer, nullable=False),
    Column("milliseconds_since_epoch", BigInteger),
    UniqueConstraint("artifact_id", "execution_id", "type"),
)
event_path = _table(
    "EventPath",
    _reference("event_id"),
    Column("is_index_step", _FLAG, nullable=False),
    Column("step_index", Integer),
    Column("step_key", Text),
)
environment = _table(
    "MLMDEnv", Column("schema_version", Integer, primary_key=True, autoincrement=False)
)
context = _table(
    "Context",
    _id(),
    _reference("type_id"),
    _name(nullable=False),
    _external_id(),
    *_times(),
    UniqueConstraint("type_id", "name"),
)
context_property = _property_table("ContextProperty", "context_id")
parent_context = _table(
    "ParentContext",
    _reference("context_id"),
    _reference("parent_context_id"),
    PrimaryKeyConstraint("context_id", "parent_context_id"),
)
association = _table(
    "Association",
    _id(),
    _reference("context_id"),
    _reference("execution_id"),
    UniqueConstraint("context_id", "execution_id"),
)
attribution = _table(
    "Attribution",
    _id(),
    _reference("context_id"),
    _reference("artifact_id"),
    UniqueConstraint("context_id", "artifact_id"),
)


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
