"""What the demo says when it is done."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from trainwright.artifacts import serving_model_dir
from trainwright.demo.flights.run import DemoResult

__all__ = ["show_summary"]

_MODEL = "wide and deep"
_DEFAULT_OUTPUT = "demo-output"


def show_summary(result: DemoResult, console: Console | None = None) -> None:
    """Prints the metrics, where things are, and what to do next.

    Args:
        result: of the demo.
        console: where to print; None: the standard output.
    """
    console = console or Console(highlight=False)
    rows = result.prepared.num_examples["eval"]
    title = f"Later than 15 minutes? {rows:,} flights that were not trained on:"
    console.print(Text(title, style="bold"), "", sep="\n")
    console.print(_metrics(result))
    console.print()
    console.print(_places(result), soft_wrap=True)
    console.print(Text("\nNext", style="bold"))
    for command in _next(result):
        # Not wrapped by us: a line break would break the command when it is copied.
        console.print(Text(f"  {command}", style="cyan"), soft_wrap=True)


def _metrics(result: DemoResult) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    table.add_column("")
    for name in ("AUC", "accuracy", "log loss"):
        table.add_column(name, justify="right", header_style="dim")
    for name, metrics in result.baselines.items():
        table.add_row(name, *(f"{metrics[key]:.3f}" for key in ("auc", "accuracy", "log_loss")))
    model = result.launched.metrics
    values = (f"{model[key]:.3f}" for key in ("auc", "accuracy", "average_loss"))
    table.add_row(_MODEL, *values, style="bold green")
    return table


def _places(result: DemoResult) -> Table:
    places = Table.grid(padding=(0, 3, 0, 0))
    places.add_column(style="dim", no_wrap=True)
    places.add_column(overflow="fold")
    outputs = result.launched.outputs
    reused = " (as prepared before)" if result.prepared.reused else ""
    places.add_row("model", near(serving_model_dir(outputs["model"][0].uri)))
    places.add_row("model run", near(outputs["model_run"][0].uri))
    places.add_row("data", near(result.prepared.directory) + reused)
    places.add_row(
        "lineage", f"{near_database(result.metadata)}, run {result.launched.execution_id}"
    )
    parts = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in result.seconds.items())
    places.add_row("time", f"{sum(result.seconds.values()):.0f} s: {parts}")
    return places


def _next(result: DemoResult) -> Iterator[str]:
    """Commands worth trying, to be run where the demo was."""
    where = f"--metadata {near_database(result.metadata)}"
    if result.metadata == str(result.output / "metadata.sqlite"):
        where = f"--output {result.output}"
    yield f"trainwright runs {where}"
    yield f"trainwright show {result.launched.execution_id} {where}"
    yield f"tensorboard --logdir {near(result.launched.outputs['model_run'][0].uri)}"
    model = near(serving_model_dir(result.launched.outputs["model"][0].uri))
    yield (
        f"python -c \"import tensorflow as tf; print(tf.saved_model.load('{model}').signatures)\""
    )


def near(path: str | Path) -> str:
    """A path as seen from the current directory, where that is shorter.

    Example:
        >>> near(Path.cwd() / "model")
        'model'
    """
    return min(str(path), os.path.relpath(path), key=len)


def near_database(location: str) -> str:
    """The same of a lineage database, which may be a URL."""
    return location if "://" in location else near(location)
