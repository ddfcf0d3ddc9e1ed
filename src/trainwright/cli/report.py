"""``trainwright report``: one HTML file with everything about a run, or about several."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from trainwright.cli.metadata import metadata_options, open_metadata
from trainwright.cli.settings import verbose_option

if TYPE_CHECKING:
    from trainwright.lineage import LineageStore, RunRecord

_MOST = 8
"""As many colours as the page has."""


@click.command(
    epilog="""
\b
Examples:
  trainwright report latest --output out
  trainwright report 3 4 5 --output out -o comparison
"""
)
@click.argument("runs", nargs=-1, required=True, metavar="RUN [RUN...]")
@metadata_options
@click.option(
    "-o",
    "--to",
    "folder",
    metavar="DIR",
    type=click.Path(file_okay=False),
    default=".",
    help="Where the file goes.  [default: the current directory]",
)
@click.option(
    "--sample",
    type=click.IntRange(min=1),
    default=10_000,
    show_default=True,
    metavar="N",
    help="Examples of a split to read, where a run was given no statistics.",
)
@verbose_option
def report(
    runs: tuple[str, ...], output: str | None, metadata: str | None, folder: str, sample: int
) -> None:
    """Write a report of a run, as HTML.

    Curves, speed, quality, data, model, lineage: one file that needs no network. Of several runs,
    it lays them side by side. A RUN is its number, the id of its pipeline run, or "latest".
    """
    store = open_metadata(output, metadata)
    from trainwright.lineage import find_run, get_run

    ids = list(dict.fromkeys(find_run(store, name) for name in runs))
    if len(ids) > _MOST:
        raise click.UsageError(f"A report has room for {_MOST} runs. Got {len(ids)} instead.")
    records = [get_run(store, id) for id in ids]
    click.echo(_write(store, records, Path(folder), sample))


def _write(store: LineageStore, records: list[RunRecord], folder: Path, sample: int) -> Path:
    """Writes the page; returns where it is."""
    from trainwright.errors import InvalidArgumentError
    from trainwright.report.facts import gather
    from trainwright.report.page import render
    from trainwright.report.writing import write_report

    facts = [gather(store, record, sample=sample) for record in records]
    page = render(facts, _differences(records) if len(records) > 1 else [])
    path = folder / f"report-{'-'.join(str(record.execution.id) for record in records)}.html"
    try:
        write_report(page, path)
    except OSError as error:
        raise InvalidArgumentError(
            f"The report cannot be written to {path}: {error.strerror or error}.",
            hint="Name another directory with -o.",
        ) from error
    return path


def _differences(records: list[RunRecord]) -> list[Any]:
    from trainwright.cli.comparison import compared
    from trainwright.report.page import Difference

    return [
        Difference(row.section, row.name, row.values) for row in compared(records) if row.differs
    ]
