"""Rows of a query to a database."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

import pyarrow as pa

from trainwright.errors import DataError, InvalidArgumentError
from trainwright.ingest.column_names import check_names

__all__ = ["SqlSource", "split_query"]

_BLOCK_ROWS = 10_000


class SqlSource:
    """The result of a query.

    It is asked twice, and must give the same rows: let it have an ORDER BY, or a table that
    nobody writes to meanwhile.

    Args:
        url: of the database, as SQLAlchemy has it.
        query: an SQL statement that gives rows.

    Raises:
        InvalidArgumentError: the URL is none, or the database's driver is not installed.
    """

    typed = True
    decimal_comma = False

    def __init__(self, url: str, query: str):
        import sqlalchemy

        try:
            self._engine = sqlalchemy.create_engine(url)
        except (sqlalchemy.exc.ArgumentError, ImportError) as error:
            raise InvalidArgumentError(
                f"{_hidden(url)} is not a database that can be read: {error}.",
                hint="Write SQLAlchemy's URL, such as sqlite:///file.db, then ? and the query.",
            ) from error
        self.name = _hidden(url)
        self._query = sqlalchemy.text(query)

    def size(self) -> int | None:
        """Unknown."""
        return None

    def done(self) -> int:
        """Unknown."""
        return 0

    def blocks(self) -> Iterator[pa.RecordBatch]:
        """The rows, with the types that the driver gives them."""
        import sqlalchemy

        try:
            with self._engine.connect().execution_options(stream_results=True) as connection:
                result = connection.execute(self._query)
                if not result.returns_rows:
                    raise DataError(f"The query to {self.name} gives no rows.")
                names = list(result.keys())
                check_names(names, f"The result of the query to {self.name}")
                for rows in result.partitions(_BLOCK_ROWS):
                    columns = zip(*rows, strict=True)
                    arrays = [_array(n, list(c)) for n, c in zip(names, columns, strict=True)]
                    yield pa.RecordBatch.from_arrays(arrays, names)
        except sqlalchemy.exc.SQLAlchemyError as error:
            problem = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise DataError(f"{self.name} cannot be read: {problem}.") from error


def split_query(location: str) -> tuple[str, str]:
    """The database's URL and the query, of ``URL?SELECT ...`` or ``URL?query=SELECT ...``.

    Example:
        >>> split_query("sqlite:///trips.db?SELECT * FROM trips")
        ('sqlite:///trips.db', 'SELECT * FROM trips')
        >>> split_query("postgresql://h/db?sslmode=require&query=SELECT+1")
        ('postgresql://h/db?sslmode=require', 'SELECT 1')

    Raises:
        InvalidArgumentError: there is no query.
    """
    url, _, rest = location.partition("?")
    if rest.lstrip().lower().startswith(("select", "with", "values", "table")):
        return url, unquote_plus(rest) if " " not in rest else rest
    before, found, query = rest.partition("query=")
    if not found or not query.strip():
        raise InvalidArgumentError(
            f"{_hidden(url)} has no query.",
            hint="Write it after a question mark: sqlite:///file.db?SELECT * FROM trips",
        )
    kept = "&".join(f"{key}={value}" for key, value in parse_qsl(before.rstrip("&")))
    return (f"{url}?{kept}" if kept else url), unquote_plus(query) if " " not in query else query


def _hidden(url: str) -> str:
    """The URL without its password."""
    import sqlalchemy

    try:
        return sqlalchemy.engine.make_url(url).render_as_string(hide_password=True)
    except sqlalchemy.exc.ArgumentError:
        return url.partition("://")[0] + "://..."


def _array(name: str, values: list[Any]) -> pa.Array:
    plain = [float(value) if isinstance(value, Decimal) else value for value in values]
    try:
        return pa.array(plain)
    except (pa.ArrowException, OverflowError):
        # SQLite gives each value a type of its own.
        return pa.array([None if value is None else _text(value) for value in plain])


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
