"""Runs that are the same: found by their key, and reused.

As in TFX's databases, the key of a run is the name of a context of type ``execution_cache`` that
it belongs to; a CACHED execution has OUTPUT events to the artifacts of the run it repeats.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, insert, select

from trainwright.lineage.artifact_rows import KeyedIds, add_events, attribute, ensure_artifact
from trainwright.lineage.catalog import context_ids, ensure_context, ensure_type, find_type
from trainwright.lineage.properties import write_properties
from trainwright.lineage.queries import EXECUTION_COLUMNS, load_executions, select_executions
from trainwright.lineage.records import (
    ArtifactRecord,
    ArtifactState,
    EventKind,
    ExecutionRecord,
    ExecutionState,
    PropertyValue,
    RunContexts,
    TypeKind,
    TypeSpec,
)
from trainwright.lineage.rows import ensure_row, insert_row
from trainwright.lineage.store import LineageStore
from trainwright.lineage.tables import artifact, association, context, execution, execution_property

__all__ = [
    "CACHE_CONTEXT",
    "add_properties",
    "join_cache",
    "record_cached",
    "runs_in_cache",
    "runs_of_node",
]

CACHE_CONTEXT = "execution_cache"
"""The type of the contexts that gather runs of equal keys."""

Properties = Mapping[str, PropertyValue]


def join_cache(
    store: LineageStore, execution_id: int, key: str, properties: Properties | None = None
) -> None:
    """Puts an execution among those of its key, whatever becomes of it.

    Args:
        store: the database.
        execution_id: the execution.
        key: equal for runs that do the same.
        properties: custom properties to set, too.
    """

    def work(connection: Connection) -> None:
        context_id = ensure_context(connection, CACHE_CONTEXT, key, _now_ms())
        row = {"context_id": context_id, "execution_id": execution_id}
        ensure_row(connection, association, row)
        write_properties(
            connection, execution_property, execution_id, properties or {}, custom=True
        )

    store.write(work, _nothing_earlier)


def add_properties(store: LineageStore, execution_id: int, properties: Properties) -> None:
    """Sets custom properties of an execution; others it has stay."""

    def work(connection: Connection) -> None:
        write_properties(connection, execution_property, execution_id, properties, custom=True)

    store.write(work, _nothing_earlier)


def runs_in_cache(store: LineageStore, key: str, *, limit: int = 100) -> list[ExecutionRecord]:
    """The executions of a key in any state, newest first."""
    return _in_context(store, CACHE_CONTEXT, key, [], limit)


def runs_of_node(
    store: LineageStore, contexts: RunContexts, state: ExecutionState, *, limit: int
) -> list[ExecutionRecord]:
    """The executions of a pipeline's node that are in a state, newest first."""
    condition = execution.c.last_known_state == int(state)
    return _in_context(store, "node", f"{contexts.pipeline}.{contexts.node}", [condition], limit)


def record_cached(
    store: LineageStore,
    type: TypeSpec,
    contexts: RunContexts,
    key: str,
    inputs: Mapping[str, Sequence[ArtifactRecord]],
    outputs: KeyedIds,
    properties: Properties,
) -> int | None:
    """Records an execution that did not need to run, for the outputs are there.

    Args:
        store: the database.
        type: the execution's type.
        contexts: names of pipeline, run and node.
        key: its key.
        inputs: the artifacts that it would have read, by key.
        outputs: ids of the artifacts that an earlier run wrote, by key.
        properties: its custom properties.

    Returns:
        The execution's id; None where one of the outputs is no longer LIVE.
    """
    now, name = _now_ms(), str(uuid.uuid4())

    def work(connection: Connection) -> int | None:
        if not _all_live(connection, {id for ids in outputs.values() for id in ids}):
            return None
        groups = context_ids(connection, contexts, now)
        groups[CACHE_CONTEXT] = ensure_context(connection, CACHE_CONTEXT, key, now)
        execution_id = insert_row(
            connection,
            execution,
            type_id=ensure_type(connection, type, TypeKind.EXECUTION),
            name=name,
            last_known_state=int(ExecutionState.CACHED),
            create_time_since_epoch=now,
            last_update_time_since_epoch=now,
        )
        write_properties(connection, execution_property, execution_id, properties, custom=True)
        rows = [{"context_id": id, "execution_id": execution_id} for id in groups.values()]
        connection.execute(insert(association), rows)
        read = {
            place: [ensure_artifact(connection, record, now) for record in records]
            for place, records in inputs.items()
        }
        add_events(connection, execution_id, EventKind.INPUT, read, now)
        add_events(connection, execution_id, EventKind.OUTPUT, outputs, now)
        attribute(connection, [groups["node"]], read)
        attribute(connection, groups.values(), outputs)
        return execution_id

    def earlier(connection: Connection) -> int | None:
        return connection.execute(select(execution.c.id).where(execution.c.name == name)).scalar()

    return store.write(work, earlier)


def _nothing_earlier(connection: Connection) -> None:
    """Doing it twice does no harm."""


def _all_live(connection: Connection, ids: set[int]) -> bool:
    """Whether artifacts are LIVE, and stay so until the transaction ends."""
    query = select(artifact.c.id).where(
        artifact.c.id.in_(ids), artifact.c.state == int(ArtifactState.LIVE)
    )
    return set(connection.execute(query.with_for_update()).scalars()) == ids


def _in_context(
    store: LineageStore,
    type_name: str,
    name: str,
    conditions: Sequence[ColumnElement[bool]],
    limit: int,
) -> list[ExecutionRecord]:
    with store.transaction() as connection:
        type_id = find_type(connection, type_name, TypeKind.CONTEXT)
        chosen = select(context.c.id).where(context.c.type_id == type_id, context.c.name == name)
        context_id = connection.execute(chosen).scalar()
        if context_id is None:
            return []
        query = (
            select_executions(EXECUTION_COLUMNS)
            .join(association, association.c.execution_id == execution.c.id)
            .where(association.c.context_id == context_id, *conditions)
            .order_by(association.c.execution_id.desc())
            .limit(limit)
        )
        return load_executions(connection, connection.execute(query).all())


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
