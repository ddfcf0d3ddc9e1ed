"""Types and contexts: found by name, or created."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from trainwright.errors import LineageError
from trainwright.lineage.locks import find_or_create, lock_catalog
from trainwright.lineage.records import PropertyType, RunContexts, TypeKind, TypeSpec
from trainwright.lineage.rows import ensure_row, insert_row
from trainwright.lineage.tables import context, parent_context, parent_type, type_property
from trainwright.lineage.tables import type_table as types

__all__ = ["context_ids", "ensure_context", "ensure_type", "find_type"]


def ensure_type(connection: Connection, spec: TypeSpec, kind: TypeKind) -> int:
    """The id of a type; it is created, or gains the properties it lacks, as needed.

    Raises:
        LineageError: a property is recorded with another type.
    """
    found = find_or_create(
        connection,
        lambda: find_type(connection, spec.name, kind),
        lambda: _create_type(connection, spec, kind),
    )
    _ensure_properties(connection, found, spec)
    return found


def find_type(connection: Connection, name: str, kind: TypeKind) -> int | None:
    """The id of a type without a version, None where there is none."""
    query = select(types.c.id).where(
        types.c.name == name, types.c.type_kind == int(kind), types.c.version.is_(None)
    )
    return connection.execute(query.order_by(types.c.id)).scalars().first()


def context_ids(connection: Connection, names: RunContexts, now_ms: int) -> dict[str, int]:
    """The contexts of a run by type: pipeline, pipeline_run (its child) and node."""
    found = {
        kind: ensure_context(connection, kind, name, now_ms)
        for kind, name in (
            ("pipeline", names.pipeline),
            ("pipeline_run", names.run_id),
            ("node", f"{names.pipeline}.{names.node}"),
        )
    }
    edge = {"context_id": found["pipeline_run"], "parent_context_id": found["pipeline"]}
    ensure_row(connection, parent_context, edge)
    return found


def ensure_context(connection: Connection, type_name: str, name: str, now_ms: int) -> int:
    """The id of the context of this type and name, created where there is none."""
    type_id = ensure_type(connection, TypeSpec(type_name), TypeKind.CONTEXT)
    query = select(context.c.id).where(context.c.type_id == type_id, context.c.name == name)
    times = {"create_time_since_epoch": now_ms, "last_update_time_since_epoch": now_ms}
    return find_or_create(
        connection,
        lambda: connection.execute(query).scalar(),
        lambda: insert_row(connection, context, type_id=type_id, name=name, **times),
    )


def _create_type(connection: Connection, spec: TypeSpec, kind: TypeKind) -> int:
    created = insert_row(connection, types, name=spec.name, type_kind=int(kind))
    if spec.parent is not None:
        parent = ensure_type(connection, TypeSpec(spec.parent), kind)
        connection.execute(insert(parent_type).values(type_id=created, parent_type_id=parent))
    return created


def _ensure_properties(connection: Connection, type_id: int, spec: TypeSpec) -> None:
    recorded = _recorded_properties(connection, type_id)
    if not recorded.keys() >= spec.properties.keys():
        lock_catalog(connection)
        recorded = _recorded_properties(connection, type_id)
    for name, declared in spec.properties.items():
        if name not in recorded:
            values = {"type_id": type_id, "name": name, "data_type": int(declared)}
            connection.execute(insert(type_property).values(**values))
        elif recorded[name] != declared:
            raise LineageError(
                f"Property {name!r} of type {spec.name} is recorded as "
                f"{_type_name(recorded[name])}, not {declared.name}.",
                hint="Record in another database, or under another type name.",
            )


def _recorded_properties(connection: Connection, type_id: int) -> dict[str, int]:
    query = select(type_property.c.name, type_property.c.data_type)
    rows = connection.execute(query.where(type_property.c.type_id == type_id))
    return {row.name: row.data_type for row in rows}


def _type_name(number: int) -> str:
    known = {int(member): member.name for member in PropertyType}
    return known.get(number, f"type {number}")
