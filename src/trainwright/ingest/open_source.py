"""The source that a location names."""

from __future__ import annotations

from collections.abc import Sequence

import fsspec

from trainwright.errors import DataError, InvalidArgumentError
from trainwright.ingest.csv_source import CsvSource
from trainwright.ingest.parquet_source import ParquetSource
from trainwright.ingest.source import BadRows, Source
from trainwright.ingest.sql_source import SqlSource, split_query

__all__ = ["open_source"]

_PARQUET = (".parquet", ".parq", ".pq")
_DATABASES = ("sqlite", "postgresql", "postgres", "mysql", "mariadb", "mssql", "oracle", "duckdb")


def open_source(
    location: str,
    bad_rows: BadRows,
    *,
    delimiter: str | None = None,
    encoding: str = "utf-8",
) -> Source:
    """What the location names: files by name, pattern or URL, or a query to a database.

    Args:
        location: CSV files (also compressed), Parquet files, or ``DATABASE-URL?query``.
        bad_rows: takes the malformed rows of CSV.
        delimiter: of CSV; None: what its first line shows.
        encoding: of CSV.

    Raises:
        DataError: no file is there.
        InvalidArgumentError: the location is none that can be read, or mixes kinds of files.
    """
    scheme = location.partition("://")[0].partition("+")[0].lower()
    if "://" in location and scheme in _DATABASES:
        return SqlSource(*split_query(location))
    files = _files(location)
    kinds = {file.lower().endswith(_PARQUET) for file in files}
    if len(kinds) == 2:
        raise InvalidArgumentError(
            f"{location} has Parquet files and others.", hint="Name files of one kind."
        )
    if kinds == {True}:
        return ParquetSource(files)
    return CsvSource(files, bad_rows, delimiter, encoding)


def _files(location: str) -> Sequence[str]:
    try:
        fs, path = fsspec.core.url_to_fs(location)
    except (ValueError, ImportError) as error:
        raise InvalidArgumentError(f"{location} cannot be read: {error}.") from error
    # A file may have the name of a pattern.
    found = [path] if fs.exists(path) else sorted(fs.glob(path))
    found = [name for name in found if not fs.isdir(name)]
    if not found and fs.isdir(path):
        raise DataError(
            f"{location} is a directory.", hint=f"Name its files: {location.rstrip('/')}/*.csv"
        )
    if not found:
        raise DataError(f"No file matches {location!r}.")
    return [name if "://" not in location else fs.unstrip_protocol(name) for name in found]
