"""The tables of an ML Metadata database, schema version 10: what reads and writes them needs.

The layout is ML Metadata's own: names, columns and uniqueness are those of the schema that its
versions 1.15 and 1.17 create, on each kind of database. Table names are deliberately
unquoted, so that each server folds them as it does for ML Metadata. A departure, which it does not
notice: integers have 64 bits everywhere.

What only matters where tables are created, their indexes above all, is in ``creation``: it makes
SQLAlchemy import what it knows of each kind of database, which takes longer than reading runs.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.sql import quoted_name

__all__ = [
    "TABLES",
    "artifact",
    "artifact_property",
    "association",
    "attribution",
    "context",
    "context_property",
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


def _table(name: str, *items: Any) -> Table:
    return Table(quoted_name(name, quote=False), TABLES, *items)


_FLAG = SmallInteger().with_variant(Boolean(), "postgresql")


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
        Column("string_value", Text),
        Column("byte_value", LargeBinary),
        Column("proto_value", LargeBinary),
        Column("bool_value", Boolean),
        PrimaryKeyConstraint(owner, "name", "is_custom_property"),
    )


type_table = _table(
    "Type",
    _id(),
    _name(nullable=False),
    Column("version", String(255)),
    Column("type_kind", SmallInteger, nullable=False),
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
