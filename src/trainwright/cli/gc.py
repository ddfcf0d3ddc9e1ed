"""``trainwright gc``: removes what runs have left behind and nobody needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from trainwright.cli.metadata import database_root, find_metadata, metadata_options
from trainwright.cli.settings import verbose_option
from trainwright.cli.text import byte_size

if TYPE_CHECKING:
    from trainwright.launcher.garbage import Garbage

_FAILED = 1


@click.command(
    epilog="""
\b
Examples:
  trainwright gc --output out
  trainwright gc --output out --keep 5 --delete
"""
)
@metadata_options
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    metavar="N",
    help="Remove the outputs of complete runs, too: those not among the newest N of their node, "
    "and not read by any other run.",
)
@click.option(
    "--keep-checkpoints",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    metavar="N",
    help="Of runs that are the same and did not succeed, keep the checkpoints of the newest N.",
)
@click.option("--delete", is_flag=True, help="Remove it. Without this nothing is changed.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: one object, sizes in bytes.")
@verbose_option
def gc(
    output: str | None,
    metadata: str | None,
    keep: int | None,
    keep_checkpoints: int,
    delete: bool,
    as_json: bool,
) -> int:
    """Remove what runs have left behind.

    These are working directories and outputs of runs that did not succeed, checkpoints that
    nobody would resume from and, with --keep, outputs of old runs. Only what the database knows a
    run to have made is considered. With --output, nothing outside of that directory is.
    """
    where = find_metadata(output, metadata)
    from trainwright.launcher.garbage import Limits, find_garbage
    from trainwright.lineage import LineageStore

    root = None if metadata is not None else database_root(where)
    limits = Limits(keep, keep_checkpoints, root)
    store = LineageStore.open(where, read_only=True)
    if delete:
        from trainwright.launcher.dead_runs import fail_dead_runs
        from trainwright.launcher.processes import ProcessIdentity

        store = LineageStore.open(where)
        fail_dead_runs(store, ProcessIdentity.here())
    items = [_view(item) for item in find_garbage(store, limits)] if not delete else []
    if delete:
        items = [_remove(store, item) for item in find_garbage(store, limits)]
    total = sum(item["bytes"] for item in items if not item["problem"])
    if as_json:
        click.echo(json.dumps({"deleted": delete, "bytes": total, "items": items}, indent=2))
    else:
        _print(items, total, delete)
    return _FAILED if any(item["problem"] for item in items) else 0


def _view(item: Garbage, problem: str = "", size: int | None = None) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "run": item.run.id,
        "state": item.run.state.name,
        "why": item.why,
        "paths": [str(path) for path in item.paths],
        "bytes": item.size if size is None else size,
        "problem": problem or None,
    }


def _remove(store: Any, item: Garbage) -> dict[str, Any]:
    from trainwright.launcher.removal import remove_garbage

    size = item.size
    return _view(item, remove_garbage(store, item), size)


def _print(items: list[dict[str, Any]], total: int, deleted: bool) -> None:
    from trainwright.cli.tables import Cell, Column, show_table

    if not items:
        click.echo("There is nothing to remove.", err=True)
        return
    rows = [(item, path) for item in items for path in item["paths"] or [""]]

    def column(title: str, texts: list[str], rank: int = 0, right: bool = False) -> Column:
        return Column(title, [Cell(text) for text in texts], right, rank)

    show_table(
        [
            column("run", [str(item["run"]) for item, _ in rows], right=True),
            column("what", [item["kind"] for item, _ in rows]),
            column("why", [item["why"] for item, _ in rows], 1),
            column("path", [_near(path) for _, path in rows]),
        ]
    )
    click.echo("")
    for item in items:
        if item["problem"]:
            problem = f"Run {item['run']}, {item['kind']}: not removed: {item['problem']}"
            click.echo(_safe(problem))
    if deleted:
        click.echo(f"Removed {byte_size(total)}.")
    else:
        click.echo(f"{byte_size(total)} could be removed; --delete does it. Nothing has been.")


def _near(path: str) -> str:
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path


def _safe(text: str) -> str:
    from trainwright.cli.text import printable

    return printable(text)
