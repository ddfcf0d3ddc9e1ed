"""What went wrong in a database: to be told to a person, waited for, or tried again."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterator

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, SQLAlchemyError

from trainwright.errors import LineageError
from trainwright.lineage.location import Location

__all__ = ["is_conflict", "is_outage", "is_starting", "lineage_errors"]

_CONFLICTS = (
    "40001",  # PostgreSQL: serialization failure
    "40P01",  # PostgreSQL: deadlock
    1205,  # MySQL: waited too long for a row
    1213,  # MySQL: deadlock
)
_OUTAGES = (
    "57P01",  # PostgreSQL: administrator's shutdown
    "57P02",  # PostgreSQL: crash shutdown
    "57P03",  # PostgreSQL: cannot connect now
    "53300",  # PostgreSQL: too many connections
    1040,  # MySQL: too many connections
    1053,  # MySQL: shutdown in progress
    1203,  # MySQL: too many connections of one user
    1927,  # MariaDB: connection was killed
    2003,  # MySQL: cannot connect
    2006,  # MySQL: server has gone away
    2013,  # MySQL: lost connection
)
_NOT_READY = ("57P03", "53300", 1040, 1203)
_FOR_GOOD = re.compile(r"authentication|pg_hba|no password|does not exist|permi(ssion|tted)|SSL")
"""PostgreSQL's reasons for turning a connection away that do not pass; it gives no code then."""
_CREATE = "Create the database first; its tables are made when it is first used."
_HINTS = {
    r"FATAL: +database .* does not exist": _CREATE,
    r"^Unknown database": _CREATE,
    r"onnection refused|an't connect": "Is the server running, and the port right?",
    r"password authentication|no password supplied|Access denied": "Check the user, the password "
    "and the user's rights; in a URL, special characters are percent-encoded.",
    r"permission denied": "The user must be allowed to create tables and write to them.",
}
"""What to do, by a pattern of what the driver says."""


@contextlib.contextmanager
def lineage_errors(location: Location) -> Iterator[None]:
    """Turns errors of the database into :class:`LineageError`, naming it but no password."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        problem = _problem(error)
        hint = next((hint for said, hint in _HINTS.items() if re.search(said, problem)), None)
        told = location.hide(str(error)) != str(error)
        raise LineageError(f"{location.name}: {location.hide(problem)}.", hint=hint) from (
            None if told else error
        )


def is_conflict(error: DBAPIError) -> bool:
    """Whether others were in the way: the same transaction may succeed if it is tried again."""
    if isinstance(error.orig, sqlite3.Error):
        return False  # writers of a file wait for each other before they begin
    return isinstance(error, IntegrityError) or _code(error) in _CONFLICTS


def is_outage(error: DBAPIError) -> bool:
    """Whether the server did not answer, or hung up: it may be back soon."""
    if error.connection_invalidated or _code(error) in _OUTAGES:
        return True
    return _is_refused_by_libpq(error) and not _FOR_GOOD.search(str(error.orig))


def is_starting(error: DBAPIError) -> bool:
    """Whether a server answered that it cannot serve just now."""
    if _code(error) in _NOT_READY:
        return True
    return is_outage(error) and _is_refused_by_libpq(error) and "FATAL" in str(error.orig)


def _is_refused_by_libpq(error: DBAPIError) -> bool:
    """Whether PostgreSQL's library could not connect; such errors have nothing but a text."""
    return (
        isinstance(error, OperationalError)
        and type(error.orig).__module__.startswith("psycopg")
        and _code(error) is None
    )


def _code(error: DBAPIError) -> object:
    """PostgreSQL's SQLSTATE or MySQL's error number, None where there is none."""
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state
    arguments = getattr(error.orig, "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], int) else None


def _problem(error: BaseException) -> str:
    """One line on what the driver said."""
    cause: BaseException = getattr(error, "orig", None) or error
    text = getattr(cause, "strerror", None)  # of an OSError
    if text is None:
        text = getattr(getattr(cause, "diag", None), "message_primary", None)  # of psycopg
    if text is None and len(cause.args) > 1 and isinstance(cause.args[0], int):
        text = cause.args[1]  # of PyMySQL
    return " ".join(str(text or cause).split()).rstrip(".")
