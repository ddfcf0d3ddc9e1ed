"""Reading events: which artifact was what to an execution."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import Connection, select

from trainwright.lineage.records import EventKind, EventRecord
from trainwright.lineage.tables import event, event_path

__all__ = ["events_of_execution"]


def events_of_execution(connection: Connection, execution_id: int) -> list[EventRecord]:
    """All events of an execution, oldest first, one for each place of an artifact."""
    rows = connection.execute(
        select(event).where(event.c.execution_id == execution_id).order_by(event.c.id)
    ).all()
    places = _places(connection, execution_id)
    return [
        EventRecord(
            artifact_id=row.artifact_id,
            execution_id=execution_id,
            kind=EventKind.of(row.type),
            key=key,
            index=index,
            time_ms=row.milliseconds_since_epoch or 0,
        )
        for row in rows
        for key, index in places.get(row.id, [("", 0)])
    ]


def _places(connection: Connection, execution_id: int) -> dict[int, list[tuple[str, int]]]:
    """Key and index of each place that the paths of an execution's events name."""
    keys: dict[int, list[str]] = defaultdict(list)
    indexes: dict[int, list[int]] = defaultdict(list)
    query = (
        select(event_path)
        .join(event, event.c.id == event_path.c.event_id)
        .where(event.c.execution_id == execution_id)
    )
    for row in connection.execute(query):
        if row.is_index_step:
            indexes[row.event_id].append(row.step_index)
        else:
            keys[row.event_id].append(row.step_key)
    return {
        event_id: list(zip(named, indexes[event_id] + [0] * len(named), strict=False))
        for event_id, named in keys.items()
    }
