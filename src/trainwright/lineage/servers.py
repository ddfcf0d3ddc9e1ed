"""Databases on PostgreSQL, MySQL and MariaDB servers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import NoSuchModuleError

from trainwright.errors import LineageError
from trainwright.lineage.creation import create_tables
from trainwright.lineage.location import Location
from trainwright.lineage.locks import LOCK_SECONDS, lock_catalog
from trainwright.lineage.properties import Limits
from trainwright.lineage.versions import stored_version
from trainwright.lineage.waiting import patiently

__all__ = ["open_server"]

_POSTGRESQL_TIMEOUTS = {
    "connect_timeout": 10,
    "tcp_user_timeout": 90_000,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 6,
}
"""libpq's: so that nobody waits for ever for a server that vanished without a word."""
_MYSQL_TIMEOUTS = {"connect_timeout": 10, "read_timeout": 90, "write_timeout": 90}
"""The same of PyMySQL, in seconds; longer than any lock is waited for."""
_EXTRAS = {"postgresql": "postgres", "mysql": "mysql"}
_MYSQL_SESSION = (
    "SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_TRANS_TABLES'), "
    "innodb_lock_wait_timeout = {seconds}, NAMES latin1"
)
"""ML Metadata's connections speak latin1 and send UTF-8 over them: only one that does the same
reads what it wrote, and is read by it. Strict: what does not fit is an error, not cut off."""


def open_server(location: Location, url: URL, *, read_only: bool) -> Engine:
    """An engine on a checked database of a server; its tables are created where there are none.

    Connections are not kept: one that is opened for each transaction neither outlives a fork nor
    goes stale while a model trains.

    Args:
        location: the database.
        url: its URL, with the driver.
        read_only: never write, and never create.
    """
    engine = _engine(location, url, read_only)
    with patiently(location, engine.connect, starting_only=True) as connection:
        version = stored_version(connection, location)
    if version is None:
        _create(engine, location, read_only)
    return engine if read_only else _within_limits(engine)


def _engine(location: Location, url: URL, read_only: bool) -> Engine:
    mysql = url.get_backend_name() == "mysql"
    if mysql:
        url = url.difference_update_query(["charset"])
    options: dict[str, Any] = {} if mysql else {"use_native_hstore": False}
    timeouts = _MYSQL_TIMEOUTS if mysql else _POSTGRESQL_TIMEOUTS
    try:
        engine = create_engine(
            url,
            poolclass=NullPool,
            hide_parameters=True,
            connect_args={name: n for name, n in timeouts.items() if name not in url.query},
            isolation_level="REPEATABLE READ" if read_only else "READ COMMITTED",
            **options,
        )
    except (NoSuchModuleError, ImportError) as error:
        raise _no_driver(location, url, error) from error
    event.listen(engine, "connect", _mysql_session if mysql else _postgresql_session)
    if read_only:
        event.listen(engine, "connect", _mysql_reads if mysql else _postgresql_reads)
    return engine


def _no_driver(location: Location, url: URL, error: Exception) -> LineageError:
    extra = _EXTRAS[url.drivername.partition("+")[0]]
    return LineageError(
        f"{location.name} needs a database driver that is not installed: {error}.",
        hint=f"Install it with: pip install 'trainwright[{extra}]'.",
    )


def _postgresql_session(connection: DBAPIConnection, _: object) -> None:
    _run(connection, f"SET lock_timeout = '{LOCK_SECONDS}s'")


def _postgresql_reads(connection: DBAPIConnection, _: object) -> None:
    _run(connection, "SET default_transaction_read_only = on")


def _mysql_session(connection: DBAPIConnection, _: object) -> None:
    _run(connection, _MYSQL_SESSION.format(seconds=LOCK_SECONDS))


def _mysql_reads(connection: DBAPIConnection, _: object) -> None:
    _run(connection, "SET SESSION TRANSACTION READ ONLY")


def _run(connection: DBAPIConnection, statement: str) -> None:
    """Sets up a new session, for good: a later rollback must not undo it."""
    cursor = connection.cursor()
    cursor.execute(statement)
    cursor.close()
    connection.commit()


def _create(engine: Engine, location: Location, read_only: bool) -> None:
    """Creates the tables in a database that is there but empty; one process of several does."""
    if read_only:
        raise LineageError(f"{location.name} is empty: no run has been recorded in it.")
    with engine.begin() as transaction:
        lock_catalog(transaction)
        if stored_version(transaction, location) is None:
            create_tables(transaction)


def _within_limits(engine: Engine) -> Engine:
    """An engine whose statements know what the columns can take, see :class:`Limits`."""
    with engine.connect() as connection:
        limits = _limits(connection)
    return engine.execution_options(lineage_limits=limits)


def _limits(connection: Connection) -> Limits:
    """The tables that ML Metadata makes on servers take less than those that are made here."""
    kind = connection.execute(_INTEGER_TYPE[connection.dialect.name]).scalar()
    limits = Limits() if kind == "bigint" else Limits(integer_bits=32)
    if connection.dialect.name == "postgresql":
        index = connection.execute(_INDEX).scalar() or ""
        if index.endswith(", string_value)"):
            return Limits(limits.integer_bits, text_bytes=2400)
    return limits


_INTEGER_TYPE = {
    name: text(
        "SELECT data_type FROM information_schema.columns WHERE column_name = 'int_value' "
        f"AND lower(table_name) = 'executionproperty' AND table_schema = {schema}"
    )
    for name, schema in (("postgresql", "current_schema()"), ("mysql", "DATABASE()"))
}
_INDEX = text(
    "SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() "
    "AND indexname = 'idx_execution_property_string'"
)
"""PostgreSQL refuses rows whose part of an index exceeds 2704 bytes."""
