"""Where a lineage database is: a file, or a server named by a URL."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from trainwright.errors import LineageError

__all__ = ["METADATA_FILE", "Location", "mask_password", "parse_location"]

METADATA_FILE = "metadata.sqlite"
"""The database's name in an output directory, unless another is given."""


@dataclass(frozen=True)
class Location:
    """One database.

    Attributes:
        name: how messages call it: a path, or a URL without its password.
        path: the file of an SQLite database, None for a server.
        url: the server, None for a file.
    """

    name: str
    path: Path | None = None
    url: URL | None = None


def parse_location(where: str | os.PathLike[str]) -> Location:
    """Tells a path from a URL.

    Args:
        where: a path, ``sqlite:///`` and a path, or the URL of a server as SQLAlchemy spells it.

    Raises:
        LineageError: a URL that is none, or that names a database in memory.

    Example:
        >>> parse_location("runs/metadata.sqlite").path
        PosixPath('runs/metadata.sqlite')
        >>> parse_location("postgresql+psycopg://me:secret@host/runs").name
        'postgresql+psycopg://me:***@host/runs'
    """
    text = os.fspath(where)
    if "://" not in text:
        return _file(text)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise LineageError(
            f"{mask_password(text)} is not the URL of a database.",
            hint="Give a path, or a URL such as postgresql+psycopg://user:password@host/name.",
        ) from None
    if url.get_backend_name() == "sqlite":
        return _file(url.database or "")
    return Location(mask_password(text), url=url)


def mask_password(text: str) -> str:
    """Hides passwords in the URLs of a text: before the host, and among the options.

    Example:
        >>> mask_password("cannot reach mysql://me:p@ss@host/runs")
        'cannot reach mysql://me:***@host/runs'
    """
    text = re.sub(r"(://[^:/@\s]*):\S*@", r"\1:***@", text)
    return re.sub(r"(password=)[^&\s]+", r"\1***", text)


def _file(path: str) -> Location:
    if path in ("", ":memory:"):
        raise LineageError(
            f"A lineage database must be a file or a server. Got {path!r} instead.",
            hint="One that lives in memory would be gone when the run ends.",
        )
    return Location(path, path=Path(path))
