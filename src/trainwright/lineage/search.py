"""Runs that meet conditions, in an order of one's choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from trainwright.lineage.catalog import find_type
from trainwright.lineage.queries import EXECUTION_COLUMNS, load_executions, select_runs
from trainwright.lineage.records import ExecutionRecord, ExecutionState, TypeKind
from trainwright.lineage.store import LineageStore
from trainwright.lineage.tables import association, context, execution, execution_property

__all__ = ["RunFilter", "search_runs"]

METRIC = "metric/"


@dataclass(frozen=True)
class RunFilter:
    """Which runs, and in which order.

    Attributes:
        pipeline: only runs of this pipeline.
        node: only runs of this node: its id, or ``{pipeline}.{id}``.
        state: only runs in this state.
        since_ms: only runs that began at this time or later.
        metric: only runs that have this metric, the greatest first; None: the newest first.
        ascending: the least first instead; without a metric, the oldest.
    """

    pipeline: str | None = None
    node: str | None = None
    state: ExecutionState | None = None
    since_ms: int | None = None
    metric: str | None = None
    ascending: bool = False

    @property
    def narrows(self) -> bool:
        """Whether it may leave runs out."""
        return any((self.pipeline, self.node, self.state, self.since_ms, self.metric))


def search_runs(
    store: LineageStore,
    chosen: RunFilter,
    *,
    limit: int | None = None,
    offset: int = 0,
    count: bool = False,
) -> tuple[list[ExecutionRecord], int | None]:
    """The runs that meet the conditions.

    Args:
        store: the database.
        chosen: conditions and order.
        limit: at most so many; None: all.
        offset: how many of the first ones to leave out.
        count: whether to count all that meet them, too.

    Returns:
        The runs, and how many there are without the limit; None unless that was asked for.
    """
    with store.transaction() as connection:
        query = _ordered(_narrowed(connection, chosen, EXECUTION_COLUMNS), chosen)
        found = load_executions(
            connection, connection.execute(query.limit(limit).offset(offset or None)).all()
        )
        if not count:
            return found, None
        total = connection.execute(_narrowed(connection, chosen, [func.count()])).scalar_one()
    return found, int(total)


def _narrowed(
    connection: Connection, chosen: RunFilter, columns: Sequence[ColumnElement[Any]]
) -> Select[Any]:
    query = select_runs(connection, chosen.pipeline, chosen.state, columns)
    if chosen.since_ms is not None:
        query = query.where(execution.c.create_time_since_epoch >= chosen.since_ms)
    if chosen.node is not None:
        query = query.where(_at_node(connection, chosen.node))
    if chosen.metric is not None:
        query = query.join(execution_property, _has_metric(chosen.metric))
    return query


def _ordered(query: Select[Any], chosen: RunFilter) -> Select[Any]:
    columns: list[ColumnElement[Any]] = [execution.c.id]
    if chosen.metric is not None:
        columns.insert(0, _value())
    return query.order_by(*(one.asc() if chosen.ascending else one.desc() for one in columns))


def _value() -> ColumnElement[Any]:
    return func.coalesce(execution_property.c.double_value, execution_property.c.int_value)


def _has_metric(name: str) -> ColumnElement[bool]:
    return and_(
        execution_property.c.execution_id == execution.c.id,
        execution_property.c.name == f"{METRIC}{name}",
        execution_property.c.is_custom_property == 1,
        or_(
            execution_property.c.double_value.is_not(None),
            execution_property.c.int_value.is_not(None),
        ),
    )


def _at_node(connection: Connection, name: str) -> ColumnElement[bool]:
    type_id = find_type(connection, "node", TypeKind.CONTEXT)
    named = or_(context.c.name == name, context.c.name.endswith(f".{name}", autoescape=True))
    nodes = select(context.c.id).where(context.c.type_id == type_id, named)
    members = select(association.c.execution_id).where(association.c.context_id.in_(nodes))
    return execution.c.id.in_(members)
