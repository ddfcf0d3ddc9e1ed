"""``trainwright lineage``: where an artifact or a run comes from, and what came of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trainwright.cli.metadata import metadata_options, open_metadata
from trainwright.cli.settings import verbose_option
from trainwright.errors import RunNotFoundError

if TYPE_CHECKING:
    from trainwright.cli.lineage_tree import Node
    from trainwright.lineage import LineageStore


@click.command(
    epilog="""
\b
Examples:
  trainwright lineage latest --output out
  trainwright lineage out/Trainer/model/4 --output out
"""
)
@click.argument("what", metavar="ARTIFACT|RUN")
@metadata_options
@click.option(
    "--depth",
    type=click.IntRange(min=0),
    default=6,
    show_default=True,
    metavar="N",
    help="Steps to go in each direction; from a run to an artifact is one.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    metavar="N",
    help="Show so many neighbours of each artifact or run.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: nodes and the edges in between.")
@verbose_option
def lineage(
    what: str, output: str | None, metadata: str | None, depth: int, limit: int, as_json: bool
) -> None:
    """Show where things come from.

    A RUN is its number, the id of its pipeline run, or "latest". An ARTIFACT is artifact:ID, its
    directory or a path in it, or its URI.
    """
    store = open_metadata(output, metadata)
    from trainwright.cli.lineage_tree import Explorer, as_graph, show_trees

    start = _find(store, what)
    explorer = Explorer(store, depth, limit)
    up, down = explorer.explore(start, up=True), explorer.explore(start, up=False)
    if as_json:
        click.echo(json.dumps(as_graph(up, down, explorer), indent=2))
    else:
        show_trees(up, down, explorer)


def _find(store: LineageStore, what: str) -> Node:
    """What a person means: a run where there is one of that name, else an artifact."""
    from trainwright.lineage import find_run
    from trainwright.lineage.graph import find_artifact

    if what.startswith("artifact:"):
        return "artifact", find_artifact(store, [what.removeprefix("artifact:")])
    try:
        return "run", find_run(store, what.removeprefix("run:"))
    except RunNotFoundError:
        if what.startswith("run:") or what.isdecimal() or what == "latest":
            raise
    try:
        return "artifact", find_artifact(store, _uris(what))
    except RunNotFoundError as error:
        raise RunNotFoundError(
            f"{store.location.name} has no run and no artifact {what!r}.",
            hint="A run is named by its number, by its pipeline run's id, or as latest; an "
            "artifact as artifact:ID, or by its directory or URI.",
        ) from error


def _uris(what: str) -> list[str]:
    """The URIs that a path may mean: itself, and the directories above it."""
    if "://" in what:
        return [what, what.rstrip("/")]
    path = Path(what).expanduser().absolute()
    resolved = path.resolve()
    nearest = [path, *path.parents[:-1], resolved, *resolved.parents[:-1]]
    return [what, *dict.fromkeys(map(str, nearest))]
