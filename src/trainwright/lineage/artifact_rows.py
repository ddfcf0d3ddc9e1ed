"""Artifacts, and the events and contexts that tie them to an execution."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, insert, select

from trainwright.lineage.catalog import ensure_type
from trainwright.lineage.locks import find_or_create
from trainwright.lineage.properties import clean_text, write_properties
from trainwright.lineage.records import ArtifactRecord, ArtifactState, EventKind, TypeKind
from trainwright.lineage.rows import ensure_row, insert_row
from trainwright.lineage.tables import (
    artifact,
    artifact_property,
    attribution,
    event,
    event_path,
)

__all__ = ["KeyedIds", "add_events", "attribute", "ensure_artifact", "insert_artifact"]

KeyedIds = Mapping[str, Sequence[int]]
"""Ids of artifacts in order, by the key of an execution's inputs or outputs."""

_GONE = (ArtifactState.MARKED_FOR_DELETION, ArtifactState.DELETED, ArtifactState.ABANDONED)


def ensure_artifact(connection: Connection, record: ArtifactRecord, now_ms: int) -> int:
    """The row of an artifact that is read: the one recorded already, else an imported one.

    The same artifact is one of the same type at the same URI that has not been deleted. A
    record's own id only chooses among these: it may stem from another database.
    """
    type_id = ensure_type(connection, record.type, TypeKind.ARTIFACT)
    query = select(artifact.c.id, artifact.c.state).where(
        artifact.c.uri == clean_text(record.uri), artifact.c.type_id == type_id
    )

    def find() -> int | None:
        rows = connection.execute(query.order_by(artifact.c.id.desc()))
        known = [int(row.id) for row in rows if row.state not in _GONE]
        return record.id if record.id in known else next(iter(known), None)

    return find_or_create(
        connection,
        find,
        lambda: insert_artifact(connection, record, now_ms, is_external=True),
    )


def insert_artifact(
    connection: Connection, record: ArtifactRecord, now_ms: int, *, is_external: bool
) -> int:
    """Records an artifact; returns its id.

    Args:
        connection: a transaction.
        record: the artifact.
        now_ms: the time.
        is_external: it was made elsewhere, not by the execution that records it.
    """
    artifact_id = insert_row(
        connection,
        artifact,
        type_id=ensure_type(connection, record.type, TypeKind.ARTIFACT),
        uri=clean_text(record.uri),
        state=int(record.state),
        create_time_since_epoch=now_ms,
        last_update_time_since_epoch=now_ms,
    )
    custom = {**record.custom_properties, "is_external": int(is_external)}
    for properties, is_custom in ((record.properties, False), (custom, True)):
        write_properties(connection, artifact_property, artifact_id, properties, custom=is_custom)
    return artifact_id


def add_events(
    connection: Connection, execution_id: int, kind: EventKind, artifacts: KeyedIds, now_ms: int
) -> None:
    """Ties artifacts to an execution.

    The path of an event is the key and the index. An artifact that is there twice has one event,
    for the layout allows no second one of a kind; its path then has a pair for each place.
    """
    places: dict[int, list[tuple[str, int]]] = {}
    for key, ids in artifacts.items():
        for index, artifact_id in enumerate(ids):
            places.setdefault(artifact_id, []).append((key, index))
    for artifact_id, path in places.items():
        event_id = insert_row(
            connection,
            event,
            artifact_id=artifact_id,
            execution_id=execution_id,
            type=int(kind),
            milliseconds_since_epoch=now_ms,
        )
        connection.execute(insert(event_path), _path_rows(event_id, path))


def attribute(connection: Connection, contexts: Iterable[int], artifacts: KeyedIds) -> None:
    """Puts artifacts into contexts."""
    ids = sorted({artifact_id for group in artifacts.values() for artifact_id in group})
    for context_id in contexts:
        for artifact_id in ids:
            row = {"context_id": context_id, "artifact_id": artifact_id}
            ensure_row(connection, attribution, row)


def _path_rows(event_id: int, path: Iterable[tuple[str, int]]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for key, index in path:
        step: dict[str, object] = {
            "event_id": event_id,
            "is_index_step": 0,
            "step_index": None,
            "step_key": key,
        }
        rows += [step, {**step, "is_index_step": 1, "step_index": index, "step_key": None}]
    return rows
