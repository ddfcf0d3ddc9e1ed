"""``trainwright compare``: in what runs differ."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from trainwright.cli.metadata import metadata_options, open_metadata
from trainwright.cli.settings import verbose_option

if TYPE_CHECKING:
    from trainwright.cli.comparison import Row
    from trainwright.lineage import RunRecord

_FEWEST = 2


@click.command(
    epilog="""
\b
Examples:
  trainwright compare 3 4 --output out
  trainwright compare 3 4 5 --output out --all
"""
)
@click.argument("runs", nargs=-1, required=True, metavar="RUN RUN...")
@metadata_options
@click.option("--all", "everything", is_flag=True, help="Show what they have in common, too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: the runs, and a list of rows.")
@verbose_option
def compare(
    runs: tuple[str, ...], output: str | None, metadata: str | None, everything: bool, as_json: bool
) -> None:
    """Show in what runs differ.

    Compared are inputs, properties, code, versions, metrics and times. A RUN is its number, the
    id of its pipeline run, or "latest".
    """
    if len(runs) < _FEWEST:
        raise click.UsageError("Name at least two runs.")
    store = open_metadata(output, metadata)
    from trainwright.cli.comparison import compared
    from trainwright.lineage import find_run, get_run

    ids = dict.fromkeys(find_run(store, name) for name in runs)
    records = [get_run(store, id) for id in ids]
    rows = [row for row in compared(records) if everything or row.differs]
    if as_json:
        click.echo(json.dumps(_view(records, rows), indent=2))
    else:
        from trainwright.cli.comparison_table import show_comparison

        show_comparison(records, rows)


def _view(records: list[RunRecord], rows: list[Row]) -> dict[str, Any]:
    from trainwright.cli.run_views import json_value, summary

    return {
        "runs": [summary(record.execution) for record in records],
        "rows": [
            {
                "section": row.section,
                "name": row.name,
                "values": [json_value(value) for value in row.values],
                "differs": row.differs,
            }
            for row in rows
        ],
    }
