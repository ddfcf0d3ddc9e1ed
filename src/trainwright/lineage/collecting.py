"""What garbage collection asks of a lineage database, and what it writes there."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, Connection, func, select, update

from trainwright.lineage.caching import CACHE_CONTEXT
from trainwright.lineage.queries import (
    EXECUTION_COLUMNS,
    load_artifacts,
    load_executions,
    select_executions,
)
from trainwright.lineage.records import (
    ArtifactRecord,
    ArtifactState,
    EventKind,
    ExecutionRecord,
    ExecutionState,
)
from trainwright.lineage.rows import batches
from trainwright.lineage.store import LineageStore
from trainwright.lineage.tables import (
    artifact,
    association,
    context,
    event,
    execution,
    execution_property,
)
from trainwright.lineage.tables import type_table as types

__all__ = [
    "cache_keys",
    "claim_artifacts",
    "finish_artifacts",
    "latest_outputs",
    "newest_execution",
    "output_roots",
    "outputs_by_run",
    "runs_by_id",
    "used_artifacts",
]

_DONE = (ExecutionState.COMPLETE, ExecutionState.CACHED)


def output_roots(store: LineageStore) -> list[str]:
    """The directories that runs have written to."""
    value = execution_property.c.string_value
    query = select(value).where(
        execution_property.c.name == "output_root", execution_property.c.is_custom_property == 1
    )
    with store.transaction() as connection:
        return sorted(str(root) for root in connection.execute(query.distinct()).scalars() if root)


def cache_keys(store: LineageStore, ids: Iterable[int]) -> dict[int, str]:
    """The key of each of these executions that has one."""
    found: dict[int, str] = {}
    with store.transaction() as connection:
        for some in batches(sorted(set(ids))):
            query = (
                select(association.c.execution_id, context.c.name)
                .join(context, context.c.id == association.c.context_id)
                .join(types, types.c.id == context.c.type_id)
                .where(types.c.name == CACHE_CONTEXT, association.c.execution_id.in_(some))
            )
            found.update({row.execution_id: row.name for row in connection.execute(query)})
    return found


def newest_execution(store: LineageStore) -> int:
    """The greatest id of an execution, 0 where there is none."""
    with store.transaction() as connection:
        return int(connection.execute(select(func.max(execution.c.id))).scalar() or 0)


def runs_by_id(store: LineageStore, ids: Iterable[int]) -> dict[int, ExecutionRecord]:
    """The executions of these ids that there are."""
    found: dict[int, ExecutionRecord] = {}
    with store.transaction() as connection:
        for some in batches(sorted(set(ids))):
            query = select_executions(EXECUTION_COLUMNS).where(execution.c.id.in_(some))
            rows = connection.execute(query).all()
            found.update({record.id: record for record in load_executions(connection, rows)})
    return found


def outputs_by_run(store: LineageStore, ids: Iterable[int]) -> dict[int, list[ArtifactRecord]]:
    """The artifacts that each of these executions wrote."""
    found: dict[int, list[ArtifactRecord]] = defaultdict(list)
    with store.transaction() as connection:
        for some in batches(sorted(set(ids))):
            query = select(event.c.execution_id, event.c.artifact_id).where(
                event.c.execution_id.in_(some), event.c.type == int(EventKind.OUTPUT)
            )
            pairs = connection.execute(query).all()
            artifacts = load_artifacts(connection, {row.artifact_id for row in pairs})
            for row in pairs:
                if row.artifact_id in artifacts:
                    found[row.execution_id].append(artifacts[row.artifact_id])
    return found


def latest_outputs(store: LineageStore, node: str, count: int) -> set[int]:
    """Ids of what the newest successful runs of a node wrote or reused.

    Args:
        store: the database.
        node: the node context's name, ``{pipeline}.{node}``.
        count: how many runs.
    """
    with store.transaction() as connection:
        query = (
            select(association.c.execution_id)
            .join(context, context.c.id == association.c.context_id)
            .join(types, types.c.id == context.c.type_id)
            .join(execution, execution.c.id == association.c.execution_id)
            .where(types.c.name == "node", context.c.name == node)
            .where(execution.c.last_known_state.in_([int(state) for state in _DONE]))
            .order_by(association.c.execution_id.desc())
            .limit(count)
        )
        runs = list(connection.execute(query).scalars())
        return _artifacts_of(connection, event.c.execution_id, runs, EventKind.OUTPUT)


def used_artifacts(store: LineageStore, ids: Iterable[int]) -> set[int]:
    """Those of these artifacts that an execution has read."""
    with store.transaction() as connection:
        return _artifacts_of(connection, event.c.artifact_id, ids, EventKind.INPUT)


def claim_artifacts(store: LineageStore, ids: Collection[int], newest: int) -> bool:
    """Marks artifacts for deletion, all or none; nobody can come to depend on them afterwards.

    Args:
        store: the database.
        ids: artifacts that are LIVE, or have been marked before.
        newest: the newest execution when it was decided that nobody needs them.

    Returns:
        False where one of them has been read, or another run has come to reuse it meanwhile.
    """
    states = (ArtifactState.LIVE, ArtifactState.MARKED_FOR_DELETION)

    def work(connection: Connection) -> bool:
        query = select(artifact.c.id).where(
            artifact.c.id.in_(ids), artifact.c.state.in_([int(state) for state in states])
        )
        if set(connection.execute(query.with_for_update()).scalars()) != set(ids):
            return False
        if _artifacts_of(connection, event.c.artifact_id, ids, EventKind.INPUT):
            return False
        later = select(event.c.execution_id).where(
            event.c.artifact_id.in_(ids),
            event.c.type == int(EventKind.OUTPUT),
            event.c.execution_id > newest,
        )
        if connection.execute(later.limit(1)).first() is not None:
            return False
        _set_state(connection, ids, ArtifactState.MARKED_FOR_DELETION)
        return True

    return store.write(work, lambda connection: None)  # marking twice does no harm


def finish_artifacts(store: LineageStore, ids: Collection[int]) -> None:
    """Records that artifacts marked for deletion are gone."""

    def work(connection: Connection) -> None:
        _set_state(connection, ids, ArtifactState.DELETED)

    store.write(work, lambda connection: None)


def _set_state(connection: Connection, ids: Collection[int], state: ArtifactState) -> None:
    connection.execute(
        update(artifact)
        .where(artifact.c.id.in_(ids))
        .values(state=int(state), last_update_time_since_epoch=time.time_ns() // 1_000_000)
    )


def _artifacts_of(
    connection: Connection, column: ColumnElement[int], ids: Iterable[int], kind: EventKind
) -> set[int]:
    found: set[int] = set()
    for some in batches(sorted(set(ids))):
        query = select(event.c.artifact_id).where(column.in_(some), event.c.type == int(kind))
        found.update(connection.execute(query).scalars())
    return found
