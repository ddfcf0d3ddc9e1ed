"""Opening lineage databases: checked before the first write, created whole or not at all."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import uuid
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, NullPool, create_engine, event

from trainwright.errors import LineageError
from trainwright.lineage.failures import lineage_errors
from trainwright.lineage.location import Location
from trainwright.lineage.versions import stored_version

__all__ = ["open_engine"]

_BUSY_SECONDS = 60.0
"""How long a writer waits for the others before it gives up."""
_SQLITE_HEADER = b"SQLite format 3\x00"


def open_engine(location: Location, *, read_only: bool) -> Engine:
    """An engine on a checked database, which is created where there is none.

    Args:
        location: the database.
        read_only: never write, and never create.

    Raises:
        LineageError: there is no such database, it is none, it cannot be opened, or its layout
            is of another version; in all these cases it stays as it was.
    """
    with lineage_errors(location):
        if location.url is not None:
            from trainwright.lineage.servers import open_server

            return open_server(location, location.url, read_only=read_only)
        assert location.path is not None
        return _open_file(location, location.path, read_only)


def _open_file(location: Location, path: Path, read_only: bool) -> Engine:
    if not path.exists():
        if read_only:
            raise LineageError(f"There is no lineage database at {path}.")
        path.parent.mkdir(parents=True, exist_ok=True)
        _create_file(path)
    _check_header(path)
    version = _version_of_file(location, path)
    engine = _file_engine(path, read_only=read_only)
    if version is None:
        _create_in_place(engine, location, read_only)
    return engine


def _create_file(path: Path) -> None:
    """Makes a new database appear whole, at once, even when several processes try.

    It is built under another name, in WAL mode, and linked to its own: switching a database to
    WAL while others open it fails now and then, however long they are willing to wait.
    """
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with contextlib.closing(sqlite3.connect(draft)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
        with _file_engine(draft).begin() as transaction:
            _create_tables(transaction)
        _publish(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _publish(draft: Path, path: Path) -> None:
    try:
        os.link(draft, path)
    except FileExistsError:
        return  # another process was first
    except OSError:
        path.touch()  # no hard links on this file system: an empty file is filled in place


def _create_in_place(engine: Engine, location: Location, read_only: bool) -> None:
    """Creates the tables in a database that is there but empty."""
    if read_only:
        raise LineageError(f"{location.name} is empty: no run has been recorded in it.")
    with engine.begin() as transaction:
        if stored_version(transaction, location) is None:
            _create_tables(transaction)


def _create_tables(transaction: Connection) -> None:
    from trainwright.lineage.creation import create_tables  # most runs find their database there

    create_tables(transaction)


def _check_header(path: Path) -> None:
    """Refuses what is no SQLite file before SQLite touches it."""
    if path.is_dir():
        raise LineageError(f"{path} is a directory, not a lineage database.")
    with path.open("rb") as file:
        header = file.read(len(_SQLITE_HEADER))
    if header not in (b"", _SQLITE_HEADER):
        raise LineageError(
            f"{path} is not an SQLite database.", hint="It was left as it is; name another file."
        )


def _version_of_file(location: Location, path: Path) -> int | None:
    engine = _file_engine(path, read_only=True)
    with engine.connect() as connection:
        return stored_version(connection, location)


def _file_engine(path: Path, *, read_only: bool = False) -> Engine:
    """An engine on a file that is there.

    Without a pool: connections are cheap, must not outlive a fork, and the last one to close
    folds the write-ahead log into the file.
    """
    uri = f"file:{quote(str(path.absolute()))}?{_mode(path) if read_only else 'mode=rw'}"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
        if read_only:
            connection.execute("PRAGMA query_only=ON")
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool, hide_parameters=True)
    event.listen(engine, "begin", _begin)
    return engine.execution_options(sqlite_begin="BEGIN") if read_only else engine


def _mode(path: Path) -> str:
    """How SQLite is to open a file for reading.

    As one who may write, where possible: only such a one tidies up after reading a database in
    WAL mode. Where not even a lock can be placed, the file is taken as unchanging.
    """
    if not os.access(path.parent, os.W_OK):
        log = path.with_name(f"{path.name}-wal")
        return "mode=ro" if log.exists() else "mode=ro&immutable=1"
    return "mode=rw" if os.access(path, os.W_OK) else "mode=ro"


def _begin(connection: Connection) -> None:
    """Begins a transaction: writers take the lock at once, for it cannot be waited for later."""
    connection.exec_driver_sql(
        connection.get_execution_options().get("sqlite_begin", "BEGIN IMMEDIATE")
    )
