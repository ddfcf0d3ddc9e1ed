"""Where artifacts come from and where they go: one step at a time, through events."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from trainwright.errors import RunNotFoundError
from trainwright.lineage.queries import (
    EXECUTION_COLUMNS,
    load_artifacts,
    load_executions,
    select_executions,
)
from trainwright.lineage.records import ArtifactRecord, EventKind, ExecutionRecord
from trainwright.lineage.rows import batches
from trainwright.lineage.store import LineageStore
from trainwright.lineage.tables import artifact, event, event_path, execution

__all__ = ["Link", "find_artifact", "get_nodes", "links_of"]

_GREATEST_ID = 2**31 - 1
"""Servers refuse to compare with more."""
READ = (EventKind.INPUT, EventKind.DECLARED_INPUT, EventKind.INTERNAL_INPUT)
WRITTEN = (EventKind.OUTPUT, EventKind.DECLARED_OUTPUT, EventKind.INTERNAL_OUTPUT)


@dataclass(frozen=True)
class Link:
    """One artifact's part in one execution.

    Attributes:
        artifact_id: the artifact.
        execution_id: the execution.
        is_input: whether the execution read it; otherwise it wrote or reused it.
        key: under which key.
    """

    artifact_id: int
    execution_id: int
    is_input: bool
    key: str


def links_of(
    store: LineageStore, kind: str, id: int, *, inputs: bool, limit: int
) -> tuple[list[Link], int]:
    """The links of an artifact or an execution in one direction, oldest first.

    Args:
        store: the database.
        kind: ``"artifact"`` or ``"run"``.
        id: its id.
        inputs: links by which executions read; otherwise those by which they write.
        limit: return at most so many.

    Returns:
        The links, and how many there are in all.
    """
    column = event.c.artifact_id if kind == "artifact" else event.c.execution_id
    kinds = [int(one) for one in (READ if inputs else WRITTEN)]
    conditions = (column == id, event.c.type.in_(kinds))
    with store.transaction() as connection:
        rows = connection.execute(
            select(event).where(*conditions).order_by(event.c.id).limit(limit)
        ).all()
        total = len(rows)
        if total == limit:
            counted = select(func.count()).select_from(event).where(*conditions)
            total = int(connection.execute(counted).scalar_one())
        keys = _keys(connection, [row.id for row in rows])
    links = [Link(row.artifact_id, row.execution_id, inputs, keys.get(row.id, "")) for row in rows]
    return links, total


def get_nodes(
    store: LineageStore, artifact_ids: Collection[int], execution_ids: Collection[int]
) -> tuple[dict[int, ArtifactRecord], dict[int, ExecutionRecord]]:
    """Artifacts and executions of these ids, by id; those that are not there are left out."""
    executions: dict[int, ExecutionRecord] = {}
    with store.transaction() as connection:
        for ids in batches(sorted(execution_ids)):
            query = select_executions(EXECUTION_COLUMNS).where(execution.c.id.in_(ids))
            rows = connection.execute(query).all()
            executions.update({one.id: one for one in load_executions(connection, rows)})
        return load_artifacts(connection, artifact_ids), executions


def find_artifact(store: LineageStore, names: Sequence[str]) -> int:
    """The artifact that a person means.

    Args:
        store: the database.
        names: an id, or URIs: the first one that an artifact lies at counts, and of several
            artifacts there the newest.

    Raises:
        RunNotFoundError: there is none.
    """
    with store.transaction() as connection:
        for name in names:
            is_id = name.isdecimal() and name.isascii()
            id = min(int(name[:18]), _GREATEST_ID) if is_id else 0
            condition = artifact.c.id == id if is_id else artifact.c.uri == name
            query = select(artifact.c.id).where(condition).order_by(artifact.c.id.desc()).limit(1)
            found = connection.execute(query).scalar()
            if found is not None:
                return int(found)
    raise RunNotFoundError(
        f"{store.location.name} has no artifact {names[0]!r}.",
        hint="An artifact is named as artifact:ID, or by its directory or URI.",
    )


def _keys(connection: Connection, event_ids: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for ids in batches(event_ids):
        query = select(event_path.c.event_id, event_path.c.step_key).where(
            event_path.c.event_id.in_(ids), event_path.c.step_key.is_not(None)
        )
        for row in connection.execute(query):
            found.setdefault(row.event_id, row.step_key)
    return found
