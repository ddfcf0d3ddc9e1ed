"""Which lineage database a command is about."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from trainwright.errors import LineageError

if TYPE_CHECKING:
    from trainwright.lineage import LineageStore

__all__ = ["database_root", "find_metadata", "metadata_options", "open_metadata"]

ENVIRONMENT = "TRAINWRIGHT_METADATA"
_FOLDERS = (".", "trainwright-output", "demo-output")

F = TypeVar("F", bound=Callable[..., Any])


def metadata_options(command: F) -> F:
    """Gives a command ``--output`` and ``--metadata``, of which it takes one at most."""
    options = (
        click.option(
            "--output",
            metavar="DIR",
            help="The output directory of the runs; the database is DIR/metadata.sqlite.",
        ),
        click.option(
            "--metadata",
            metavar="FILE|URL",
            help=f"The lineage database; the default is ${ENVIRONMENT}, else metadata.sqlite "
            "in the current directory, in trainwright-output or in demo-output.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def find_metadata(output: str | None, metadata: str | None) -> str:
    """The database that is meant.

    Args:
        output: an output directory, if one was named.
        metadata: a path or URL, if one was given.

    Raises:
        LineageError: none was named, and none is in the usual places.
    """
    from trainwright.lineage import METADATA_FILE

    if output is not None and metadata is not None:
        raise click.UsageError("Give --output or --metadata, not both.")
    if output is not None and "://" in output:
        raise click.UsageError(
            "--output takes a directory; give the URL of a database to --metadata."
        )
    if metadata is not None:
        return metadata
    if output is not None:
        return str(Path(output) / METADATA_FILE)
    if os.environ.get(ENVIRONMENT):
        return os.environ[ENVIRONMENT]
    places = [Path(folder) / METADATA_FILE for folder in _FOLDERS]
    for place in places:
        if place.exists():
            return str(place)
    raise LineageError(
        f"There is no lineage database here. Looked for {_listed(places)} in {Path.cwd()}.",
        hint=f"Name the runs' output directory with --output, or a database with --metadata or "
        f"${ENVIRONMENT}.",
    )


def database_root(where: str) -> Path | None:
    """The output directory that a database lies in; None for a server."""
    return None if "://" in where else Path(where).absolute().parent


def open_metadata(output: str | None, metadata: str | None) -> LineageStore:
    """Opens the database that is meant, for reading only.

    Raises:
        LineageError: there is none, or it cannot be read.
    """
    where = find_metadata(output, metadata)
    from trainwright.lineage import LineageStore

    return LineageStore.open(where, read_only=True)


def _listed(places: list[Path]) -> str:
    names = [str(place) for place in places]
    return f"{', '.join(names[:-1])} and {names[-1]}"
