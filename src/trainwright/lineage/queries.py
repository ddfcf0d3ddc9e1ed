"""Reading runs back. A run is an execution of a type that specialises ``mlmd.Train``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Row, Select, func, literal, select

from trainwright.errors import RunNotFoundError
from trainwright.lineage.catalog import find_type
from trainwright.lineage.events import events_of_execution
from trainwright.lineage.properties import read_properties
from trainwright.lineage.records import (
    ArtifactRecord,
    ArtifactState,
    EventKind,
    ExecutionRecord,
    ExecutionState,
    RunContexts,
    RunRecord,
    TypeKind,
    TypeSpec,
)
from trainwright.lineage.rows import batches
from trainwright.lineage.store import LineageStore
from trainwright.lineage.tables import (
    artifact,
    artifact_property,
    association,
    context,
    execution,
    execution_property,
    parent_type,
)
from trainwright.lineage.tables import type_table as types

__all__ = [
    "EXECUTION_COLUMNS",
    "LATEST",
    "count_runs",
    "find_run",
    "get_run",
    "in_context",
    "list_runs",
    "load_artifacts",
    "load_executions",
    "select_executions",
    "select_runs",
]

LATEST = "latest"
"""What people call the newest run."""
_BASE_TYPE = "mlmd.Train"


def list_runs(
    store: LineageStore,
    *,
    pipeline: str | None = None,
    state: ExecutionState | None = None,
    limit: int | None = None,
) -> list[ExecutionRecord]:
    """The runs, newest first.

    Args:
        store: the database.
        pipeline: only runs of this pipeline.
        state: only runs in this state.
        limit: at most so many; None: all.
    """
    with store.transaction() as connection:
        query = select_runs(connection, pipeline, state, EXECUTION_COLUMNS)
        query = query.order_by(execution.c.id.desc()).limit(limit)
        return load_executions(connection, connection.execute(query).all())


def count_runs(
    store: LineageStore, *, pipeline: str | None = None, state: ExecutionState | None = None
) -> int:
    """How many runs there are, of a pipeline and in a state if these are given."""
    with store.transaction() as connection:
        query = select_runs(connection, pipeline, state, [func.count()])
        return int(connection.execute(query).scalar_one())


def find_run(store: LineageStore, name: str) -> int:
    """The execution that a person means.

    Args:
        store: the database.
        name: an execution's id, ``latest``, or the id of a pipeline run: its newest one then.

    Raises:
        RunNotFoundError: none is called so.
    """
    with store.transaction() as connection:
        if name.isdecimal() and name.isascii():
            query = select(execution.c.id).where(
                execution.c.id == literal(int(name[:18]), BigInteger)
            )
        else:
            query = select_runs(connection, None, None, [execution.c.id])
            if name != LATEST:
                query = query.where(in_context(connection, "pipeline_run", name))
        found = connection.execute(query.order_by(execution.c.id.desc()).limit(1)).scalar()
    if found is None:
        what = "no run yet" if name == LATEST else f"no run {name!r}"
        raise RunNotFoundError(
            f"{store.location.name} has {what}.",
            hint="A run is named by its number, by its pipeline run's id, or as latest; "
            "`trainwright runs` lists them.",
        )
    return int(found)


def get_run(store: LineageStore, execution_id: int) -> RunRecord:
    """An execution with its properties and the artifacts that it read and wrote.

    Raises:
        RunNotFoundError: there is no such execution.
    """
    with store.transaction() as connection:
        query = select_executions(EXECUTION_COLUMNS).where(execution.c.id == execution_id)
        rows = connection.execute(query).all()
        if not rows:
            raise RunNotFoundError(f"{store.location.name} has no run {execution_id}.")
        (record,) = load_executions(connection, rows)
        events = events_of_execution(connection, execution_id)
        artifacts = load_artifacts(connection, {event.artifact_id for event in events})
    inputs: dict[str, list[ArtifactRecord]] = defaultdict(list)
    outputs: dict[str, list[ArtifactRecord]] = defaultdict(list)
    for event in sorted(events, key=lambda event: event.index):
        if event.artifact_id in artifacts:
            side = inputs if event.kind in _READ else outputs
            side[event.key].append(artifacts[event.artifact_id])
    return RunRecord(record, dict(sorted(inputs.items())), dict(sorted(outputs.items())))


EXECUTION_COLUMNS: Sequence[ColumnElement[Any]] = [*execution.c, types.c.name.label("type_name")]
"""What :func:`load_executions` needs of a row."""
_READ = (EventKind.INPUT, EventKind.DECLARED_INPUT, EventKind.INTERNAL_INPUT)


def select_executions(columns: Sequence[ColumnElement[Any]]) -> Select[Any]:
    """A query for executions and their types."""
    return select(*columns).join_from(execution, types, types.c.id == execution.c.type_id)


def select_runs(
    connection: Connection,
    pipeline: str | None,
    state: ExecutionState | None,
    columns: Sequence[ColumnElement[Any]],
) -> Select[Any]:
    """A query for runs, of a pipeline and in a state if these are given."""
    base = find_type(connection, _BASE_TYPE, TypeKind.EXECUTION)
    special = select(parent_type.c.type_id).where(parent_type.c.parent_type_id == base)
    trains = list(connection.execute(special).scalars())
    query = select_executions(columns).where(execution.c.type_id.in_(trains))
    if pipeline is not None:
        # A join, not in_context: all that a pipeline has ever run may be many rows, of which the
        # newest few are wanted, and the key of Association has them in order.
        query = query.join(association, association.c.execution_id == execution.c.id)
        query = query.where(
            association.c.context_id == _context_id(connection, "pipeline", pipeline)
        )
    if state is not None:
        query = query.where(execution.c.last_known_state == int(state))
    return query


def in_context(connection: Connection, type_name: str, name: str) -> ColumnElement[bool]:
    """The condition that an execution belongs to the context of this type and name."""
    context_id = _context_id(connection, type_name, name)
    members = select(association.c.execution_id).where(association.c.context_id == context_id)
    return execution.c.id.in_(members)


def _context_id(connection: Connection, type_name: str, name: str) -> int:
    """The id of a context; one that nothing has where there is no such context."""
    type_id = find_type(connection, type_name, TypeKind.CONTEXT)
    query = select(context.c.id).where(context.c.type_id == type_id, context.c.name == name)
    return connection.execute(query).scalar() or -1


def load_executions(connection: Connection, rows: Iterable[Row[Any]]) -> list[ExecutionRecord]:
    """Executions with properties and contexts, from rows of :data:`EXECUTION_COLUMNS`."""
    rows = list(rows)
    ids = [row.id for row in rows]
    properties = read_properties(connection, execution_property, ids)
    contexts = _contexts(connection, ids)
    return [
        ExecutionRecord(
            id=row.id,
            name=row.name or "",
            type_name=row.type_name,
            state=ExecutionState.of(row.last_known_state),
            contexts=contexts[row.id],
            created_ms=row.create_time_since_epoch,
            updated_ms=row.last_update_time_since_epoch,
            properties={**properties[row.id][0], **properties[row.id][1]},
        )
        for row in rows
    ]


def _contexts(connection: Connection, execution_ids: Sequence[int]) -> dict[int, RunContexts]:
    members: list[tuple[int, int]] = []
    for ids in batches(execution_ids):
        query = select(association.c.execution_id, association.c.context_id)
        rows = connection.execute(query.where(association.c.execution_id.in_(ids)))
        members += [(row.execution_id, row.context_id) for row in rows]
    named = _named_contexts(connection, {context_id for _, context_id in members})
    names: dict[int, dict[str, str]] = defaultdict(dict)
    for execution_id, context_id in members:
        names[execution_id].update(named.get(context_id, {}))
    return {id: _run_contexts(names[id]) for id in execution_ids}


def _named_contexts(
    connection: Connection, context_ids: Iterable[int]
) -> dict[int, dict[str, str]]:
    """Name by type of each context. A query of its own: some servers join in a slower order."""
    found = {}
    for ids in batches(sorted(context_ids)):
        query = select(context.c.id, types.c.name.label("kind"), context.c.name)
        query = query.join_from(context, types, types.c.id == context.c.type_id)
        for row in connection.execute(query.where(context.c.id.in_(ids))):
            found[row.id] = {row.kind: row.name}
    return found


def _run_contexts(names: dict[str, str]) -> RunContexts:
    pipeline = names.get("pipeline", "")
    node = names.get("node", "").removeprefix(f"{pipeline}.")
    return RunContexts(pipeline, names.get("pipeline_run", ""), node)


def load_artifacts(
    connection: Connection, artifact_ids: Iterable[int]
) -> dict[int, ArtifactRecord]:
    """Artifacts with properties, by id; ids that are not there are left out."""
    found = {}
    for ids in batches(sorted(artifact_ids)):
        properties = read_properties(connection, artifact_property, ids)
        query = select(artifact, types.c.name.label("type_name")).join_from(
            artifact, types, types.c.id == artifact.c.type_id
        )
        for row in connection.execute(query.where(artifact.c.id.in_(ids))):
            found[row.id] = ArtifactRecord(
                type=TypeSpec(row.type_name),
                uri=row.uri or "",
                properties=properties[row.id][0],
                custom_properties=properties[row.id][1],
                id=row.id,
                state=ArtifactState.of(row.state),
                created_ms=row.create_time_since_epoch,
            )
    return found
