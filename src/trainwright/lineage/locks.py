"""One writer at a time where uniqueness is not the database's own business.

ML Metadata's layout has no unique key over the names of types or the URIs of artifacts: two
processes that both find none would both create one. On a server they take turns here. An
SQLite file has one writer at a time anyway.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, text

from trainwright.errors import LineageError

__all__ = ["LOCK_SECONDS", "find_or_create", "lock_catalog"]

LOCK_SECONDS = 60
"""How long a process waits for its turn."""
_KEY = 0x7472_6169_6E77  # "trainw"; keeps away from other programs' advisory locks
_MYSQL_LOCK = text("SELECT GET_LOCK(CONCAT('trainwright.', MD5(DATABASE())), :seconds)")


def lock_catalog(connection: Connection) -> None:
    """Waits until no other process creates shared rows; holds until the connection is closed.

    On PostgreSQL the lock ends with the transaction. On MySQL it ends with the session, which
    is closed after each transaction.

    Raises:
        LineageError: another process kept the lock for :data:`LOCK_SECONDS`.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _KEY})
    elif connection.dialect.name == "mysql":
        got = connection.execute(_MYSQL_LOCK, {"seconds": LOCK_SECONDS}).scalar()
        if got != 1:
            raise LineageError(
                f"Another process has kept the lineage database locked for {LOCK_SECONDS} s.",
                hint="Look for a process that hangs: SHOW PROCESSLIST.",
            )


def find_or_create(
    connection: Connection, find: Callable[[], int | None], create: Callable[[], int]
) -> int:
    """The id of a shared row; only one of several processes creates it.

    Args:
        connection: a transaction that sees what others have committed meanwhile.
        find: returns the id, None where there is no such row.
        create: inserts the row and returns its id.
    """
    found = find()
    if found is None:
        lock_catalog(connection)
        found = find()
    return create() if found is None else found
