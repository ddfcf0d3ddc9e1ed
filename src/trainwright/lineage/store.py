"""The lineage database as something to record runs in."""

from __future__ import annotations

import contextlib
import itertools
import os
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NoReturn, TypeVar

from sqlalchemy import Connection, Engine, insert, select, update

from trainwright.errors import LineageError, RunNotFoundError
from trainwright.lineage.artifact_rows import (
    KeyedIds,
    add_events,
    attribute,
    ensure_artifact,
    insert_artifact,
)
from trainwright.lineage.catalog import context_ids, ensure_type
from trainwright.lineage.engine import open_engine
from trainwright.lineage.events import events_of_execution
from trainwright.lineage.failures import lineage_errors
from trainwright.lineage.location import Location, parse_location
from trainwright.lineage.properties import write_properties
from trainwright.lineage.records import (
    ArtifactRecord,
    EventKind,
    ExecutionState,
    PropertyValue,
    RunContexts,
    TypeKind,
    TypeSpec,
)
from trainwright.lineage.rows import insert_row
from trainwright.lineage.tables import association, execution, execution_property
from trainwright.lineage.waiting import patiently

__all__ = ["LineageStore"]

Artifacts = Mapping[str, Sequence[ArtifactRecord]]
Properties = Mapping[str, PropertyValue]
T = TypeVar("T")


class LineageStore:
    """A lineage database. Get one from :meth:`open`.

    Each method is one transaction: many processes may write to the same database. A server that
    goes away is waited for, see ``waiting``.

    Attributes:
        location: the database, without a password.
    """

    def __init__(self, location: Location, engine: Engine):
        self.location = location
        self._engine = engine

    @classmethod
    def open(cls, where: str | os.PathLike[str], *, read_only: bool = False) -> LineageStore:
        """Opens a lineage database, and creates it where there is none.

        Args:
            where: the path of an SQLite file, or a URL as SQLAlchemy spells it.
            read_only: never write, and never create.

        Raises:
            LineageError: there is no such database, it is none, it cannot be opened, or its
                layout is of another version; in all these cases it stays as it was.
        """
        location = parse_location(where)
        return cls(location, open_engine(location, read_only=read_only))

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction, committed when the block ends normally.

        Raises:
            LineageError: the database cannot do what the block asks of it.
        """
        with lineage_errors(self.location), self._connect() as connection, connection.begin():
            yield connection

    def _connect(self) -> Connection:
        return patiently(self.location, self._engine.connect)

    def write(
        self, work: Callable[[Connection], T], earlier: Callable[[Connection], T | None]
    ) -> T:
        """Does the work in one transaction, again from its beginning if it was broken off.

        Args:
            work: what to do.
            earlier: looks whether an attempt that seemed to fail has succeeded: a server may
                vanish between committing and saying so. Returns the work's result then.
        """
        attempts = itertools.count()

        def attempt() -> T:
            again = next(attempts) > 0
            with self._engine.begin() as connection:
                done = earlier(connection) if again else None
                return work(connection) if done is None else done

        with lineage_errors(self.location):
            return patiently(self.location, attempt)

    def begin_execution(
        self, type: TypeSpec, contexts: RunContexts, inputs: Artifacts, properties: Properties
    ) -> int:
        """Records an execution that begins now.

        It is RUNNING, has an INPUT event for each artifact, and belongs to the contexts of its
        pipeline, run and node. Inputs not recorded yet are imported.

        Args:
            type: the execution's type.
            contexts: names of pipeline, run and node; contexts are created as needed.
            inputs: the artifacts it reads, by key.
            properties: its custom properties.

        Returns:
            The execution's id.
        """
        now, name = _now_ms(), str(uuid.uuid4())

        def work(connection: Connection) -> int:
            groups = context_ids(connection, contexts, now)
            execution_id = insert_row(
                connection,
                execution,
                type_id=ensure_type(connection, type, TypeKind.EXECUTION),
                name=name,
                last_known_state=int(ExecutionState.RUNNING),
                create_time_since_epoch=now,
                last_update_time_since_epoch=now,
            )
            write_properties(connection, execution_property, execution_id, properties, custom=True)
            connection.execute(
                insert(association),
                [{"context_id": id, "execution_id": execution_id} for id in groups.values()],
            )
            read = {
                key: [ensure_artifact(connection, record, now) for record in records]
                for key, records in inputs.items()
            }
            add_events(connection, execution_id, EventKind.INPUT, read, now)
            attribute(connection, [groups["node"]], read)
            return execution_id

        return self.write(work, lambda connection: _named(connection, name))

    def complete_execution(
        self, execution_id: int, outputs: Artifacts, properties: Properties
    ) -> KeyedIds:
        """Records that an execution has succeeded, and what it wrote.

        Args:
            execution_id: a RUNNING execution.
            outputs: the artifacts it wrote, by key; they are recorded with OUTPUT events.
            properties: more custom properties.

        Returns:
            The ids of the artifacts, by key.

        Raises:
            RunNotFoundError: there is no such execution.
            LineageError: it has ended already.
        """
        now = _now_ms()

        def work(connection: Connection) -> KeyedIds:
            if not _end(connection, execution_id, ExecutionState.COMPLETE, properties, now):
                self._refuse_completion(connection, execution_id)
            written = {
                key: [
                    insert_artifact(connection, record, now, is_external=False)
                    for record in records
                ]
                for key, records in outputs.items()
            }
            add_events(connection, execution_id, EventKind.OUTPUT, written, now)
            groups = select(association.c.context_id).where(
                association.c.execution_id == execution_id
            )
            attribute(connection, list(connection.execute(groups).scalars()), written)
            return written

        return self.write(work, lambda connection: _written(connection, execution_id))

    def fail_execution(self, execution_id: int, properties: Properties) -> bool:
        """Records that an execution has failed.

        Args:
            execution_id: a RUNNING execution.
            properties: more custom properties, such as the error's type and message.

        Returns:
            Whether it was RUNNING until now; one that has ended already stays as it is.
        """
        return self._end_badly(execution_id, ExecutionState.FAILED, properties)

    def cancel_execution(self, execution_id: int, properties: Properties) -> bool:
        """Records that an execution was stopped by someone; else as :meth:`fail_execution`."""
        return self._end_badly(execution_id, ExecutionState.CANCELED, properties)

    def _end_badly(self, execution_id: int, state: ExecutionState, properties: Properties) -> bool:
        now = _now_ms()
        return self.write(
            lambda connection: _end(connection, execution_id, state, properties, now),
            lambda connection: _state(connection, execution_id) is state or None,
        )

    def _refuse_completion(self, connection: Connection, execution_id: int) -> NoReturn:
        state = _state(connection, execution_id)
        if state is None:
            raise RunNotFoundError(f"{self.location.name} has no run {execution_id}.")
        raise LineageError(
            f"Run {execution_id} in {self.location.name} is {state.name}: only a RUNNING one can "
            "become COMPLETE."
        )


def _end(
    connection: Connection,
    execution_id: int,
    state: ExecutionState,
    properties: Properties,
    now_ms: int,
) -> bool:
    """Ends a RUNNING execution; False where there is none to end."""
    ended = connection.execute(
        update(execution)
        .where(
            execution.c.id == execution_id,
            execution.c.last_known_state == int(ExecutionState.RUNNING),
        )
        .values(last_known_state=int(state), last_update_time_since_epoch=now_ms)
    )
    if ended.rowcount == 0:
        return False
    write_properties(connection, execution_property, execution_id, properties, custom=True)
    return True


def _state(connection: Connection, execution_id: int) -> ExecutionState | None:
    """The state of an execution, None where there is no such one."""
    query = select(execution.c.last_known_state).where(execution.c.id == execution_id)
    row = connection.execute(query).first()
    return None if row is None else ExecutionState.of(row.last_known_state)


def _named(connection: Connection, name: str) -> int | None:
    """The execution with a name that only one has."""
    return connection.execute(select(execution.c.id).where(execution.c.name == name)).scalar()


def _written(connection: Connection, execution_id: int) -> KeyedIds | None:
    """The artifacts that a COMPLETE execution wrote, None where it is not COMPLETE."""
    if _state(connection, execution_id) is not ExecutionState.COMPLETE:
        return None
    found: dict[str, list[int]] = defaultdict(list)
    for event in events_of_execution(connection, execution_id):
        if event.kind is EventKind.OUTPUT:
            found[event.key].append(event.artifact_id)
    return dict(found)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
