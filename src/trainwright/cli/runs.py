"""``trainwright runs``: the recorded runs, newest first."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from trainwright.cli.metadata import metadata_options, open_metadata
from trainwright.cli.run_views import main_metrics, resumed_from, state_style, steps_of, summary
from trainwright.cli.settings import verbose_option
from trainwright.cli.text import ago, duration, local_time, number, printable
from trainwright.cli.times import moment

if TYPE_CHECKING:
    from trainwright.cli.tables import Column
    from trainwright.lineage import ExecutionRecord

_METRIC_RANKS = (1, 4, 6, 8)
"""How soon the columns of metrics give way on a narrow terminal: the most telling one last."""
_STATES = ("running", "complete", "failed", "canceled", "cached")


@click.command(
    epilog="""
\b
Examples:
  trainwright runs --output out
  trainwright runs --output out --sort auc --limit 5
  trainwright runs --metadata postgresql://db/runs --state failed --since 1d --json
"""
)
@metadata_options
@click.option("--pipeline", metavar="NAME", help="Only runs of this pipeline.")
@click.option(
    "--state", type=click.Choice(_STATES, case_sensitive=False), help="Only runs in this state."
)
@click.option("--node", metavar="ID", help="Only runs of this node, such as Trainer.")
@click.option(
    "--since",
    callback=moment,
    metavar="TIME",
    help="Only runs that began since: 30min, 2h, 3d, 1w, or a date as 2026-01-31T18:00.",
)
@click.option("--sort", metavar="METRIC", help="Runs that have this metric, the greatest first.")
@click.option("--ascending", is_flag=True, help="The least first, or without --sort the oldest.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    metavar="N",
    help="The first N runs; 0 for all of them.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: a list, times in UTC.")
@verbose_option
def runs(
    output: str | None,
    metadata: str | None,
    pipeline: str | None,
    state: str | None,
    node: str | None,
    since: int | None,
    sort: str | None,
    ascending: bool,
    limit: int,
    as_json: bool,
) -> None:
    """List the recorded runs."""
    store = open_metadata(output, metadata)
    from trainwright.cli.tables import is_terminal, show_table
    from trainwright.lineage import ExecutionState
    from trainwright.lineage.search import RunFilter, search_runs

    in_state = ExecutionState[state.upper()] if state else None
    chosen = RunFilter(pipeline, node, in_state, since, sort, ascending)
    found, total = search_runs(store, chosen, limit=limit or None, count=is_terminal())
    if as_json:
        click.echo(json.dumps([summary(record) for record in found], indent=2))
        return
    where = printable(store.location.name)
    if not found:
        filtered = " of that kind" if chosen.narrows else ""
        click.echo(f"{where} has no runs{filtered}.", err=True)
        return
    show_table(_columns(found, sort))
    if total is not None:
        rest = "" if len(found) == total else f" of {total}; --limit 0 shows all"
        click.echo(f"\n{len(found)} run{'s' * (len(found) != 1)}{rest}, from {where}")


def _columns(found: Sequence[ExecutionRecord], first: str | None) -> list[Column]:
    from trainwright.cli.tables import Cell, Column, is_terminal

    def column(title: str, texts: list[str], rank: int = 0, right: bool = False) -> Column:
        return Column(title, [Cell(text) for text in texts], right, rank)

    steps = [steps_of(record) for record in found]
    columns = [
        column("run", [str(record.id) for record in found], right=True),
        column("started", [local_time(record.created_ms) for record in found]),
        column("ago", [ago(record.created_ms) for record in found], 3, right=True),
        Column("state", [Cell(record.state.name, state_style(record.state)) for record in found]),
        column("steps", ["" if step is None else f"{step:,}" for step in steps], 1, right=True),
    ]
    metrics = dict.fromkeys([*filter(None, [first]), *main_metrics(found)])
    for rank, name in zip(_METRIC_RANKS, metrics, strict=False):
        values = [record.metrics.get(name) for record in found]
        texts = ["" if value is None else number(value) for value in values]
        columns.append(column(name, texts, rank, right=True))
    took = [duration(record.duration_seconds) for record in found]
    columns.append(column("took", took, 2, right=True))
    pipelines = [record.contexts.pipeline for record in found]
    if len(set(pipelines)) > 1 or not is_terminal():
        columns.append(column("pipeline", pipelines, 9))
    origins = [resumed_from(record) for record in found]
    if any(origins):
        texts = ["" if run is None else str(run) for run in origins]
        columns.append(column("resumed from", texts, 5, right=True))
    errors = [
        record.error.type if record.error and record.state.name == "FAILED" else ""
        for record in found
    ]
    columns.append(column("error", errors, 7))
    return columns
