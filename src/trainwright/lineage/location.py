"""Where a lineage database is: a file, or a server named by a URL."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, quote_plus

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from trainwright.errors import LineageError

__all__ = ["METADATA_FILE", "Location", "mask_password", "parse_location"]

METADATA_FILE = "metadata.sqlite"
"""The database's name in an output directory, unless another is given."""

_DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
    "mariadb+pymysql": "mysql+pymysql",
}
"""What short and other names of servers stand for."""
_SECRET_OPTIONS = ("password", "passwd", "sslpassword", "ssl_key_password")


@dataclass(frozen=True)
class Location:
    """One database.

    Attributes:
        name: how messages call it: a path, or a URL without its password.
        path: the file of an SQLite database, None for a server.
        url: the server, None for a file; not in the location's ``repr``, for it has the password.
    """

    name: str
    path: Path | None = None
    url: URL | None = field(default=None, repr=False)

    def hide(self, text: str) -> str:
        """The text without this database's password and without those of URLs in it.

        Example:
            >>> parse_location("mysql://me:s3cret@host/runs").hide("wrong password: s3cret")
            'wrong password: ***'
        """
        for secret in self._secrets():
            for spelling in (secret, quote_plus(secret), quote(secret, safe="")):
                text = text.replace(spelling, "***")
        return mask_password(text)

    def _secrets(self) -> list[str]:
        if self.url is None:
            return []
        found = [self.url.password, *map(self.url.query.get, _SECRET_OPTIONS)]
        return [secret for secret in found if isinstance(secret, str) and secret]


def parse_location(where: str | os.PathLike[str]) -> Location:
    """Tells a path from a URL.

    Args:
        where: a path, ``sqlite:///`` and a path, or the URL of a server as SQLAlchemy spells it;
            a driver need not be named.

    Raises:
        LineageError: a URL that is none, or that names a database in memory or one of a kind
            that cannot hold lineage.

    Example:
        >>> parse_location("runs/metadata.sqlite").path
        PosixPath('runs/metadata.sqlite')
        >>> parse_location("postgresql://me:secret@host/runs").name
        'postgresql://me:***@host/runs'
        >>> parse_location("postgresql://me:secret@host/runs").url.drivername
        'postgresql+psycopg'
    """
    text = os.fspath(where)
    if "://" not in text:
        return _file(text)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise LineageError(
            f"{_shown(text)} is not the URL of a database.",
            hint="Give a path, or a URL such as postgresql+psycopg://user:password@host/name.",
        ) from None
    if url.drivername.partition("+")[0] == "sqlite":
        return _file(url.database or "")
    return Location(_shown(text), url=_server(url, text))


def mask_password(text: str) -> str:
    """Hides passwords in the URLs of a text: before the host, and among the options.

    Example:
        >>> mask_password("cannot reach mysql://me:p@ss@host/runs")
        'cannot reach mysql://me:***@host/runs'
    """
    text = re.sub(r"(://[^:/@\s]*):\S*@", r"\1:***@", text)
    return re.sub(r"(passw(?:or)?d=)[^&\s]+", r"\1***", text)


def _shown(url: str) -> str:
    """A text that is one URL, without its passwords, whatever characters they are made of."""
    return mask_password(re.sub(r"(://[^:/@]*):.*@", r"\1:***@", url, flags=re.DOTALL))


def _server(url: URL, text: str) -> URL:
    """The URL with its driver.

    Raises:
        LineageError: it names another kind of database, or none on its server.
    """
    url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
    if url.drivername.partition("+")[0] not in ("postgresql", "mysql"):
        raise LineageError(
            f"A lineage database is an SQLite file, or on a PostgreSQL, MySQL or MariaDB server. "
            f"Got {_shown(text)} instead.",
            hint="Such URLs begin with postgresql+psycopg:// or mysql+pymysql://.",
        )
    if not url.database:
        raise LineageError(
            f"{_shown(text)} names a server, but no database on it.",
            hint="Add its name: .../runs.",
        )
    return url


def _file(path: str) -> Location:
    if path in ("", ":memory:"):
        raise LineageError(
            f"A lineage database must be a file or a server. Got {path!r} instead.",
            hint="One that lives in memory would be gone when the run ends.",
        )
    return Location(path, path=Path(path))
