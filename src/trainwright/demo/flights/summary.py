"""What the demo says when it is done."""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from trainwright.artifacts import serving_model_dir
from trainwright.demo.flights.run import DemoResult
from trainwright.lineage import METADATA_FILE

__all__ = ["show_summary"]

_MODEL = "wide and deep"


def show_summary(result: DemoResult, console: Console | None = None) -> None:
    """Prints the metrics, where things are, and what to do next.

    Args:
        result: of the demo.
        console: where to print; None: the standard output.
    """
    console = console or Console(highlight=False)
    rows = result.prepared.num_examples["eval"]
    console.print()
    console.print(Text(f"Late or not? Of {rows:,} flights kept out of training:", style="bold"))
    console.print()
    console.print(_metrics(result))
    console.print()
    # Not wrapped by us: a line break would break a path or a command when it is copied.
    for name, place in _places(result):
        console.print(Text.assemble((f"{name:<11}", "dim"), place), soft_wrap=True)
    console.print(Text("\nNext", style="bold"))
    for command, remark in _next(result):
        console.print(Text.assemble((f"  {command}", "cyan"), (remark, "dim")), soft_wrap=True)


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


def _places(result: DemoResult) -> Iterator[tuple[str, str]]:
    outputs = result.launched.outputs
    reused = " (as prepared before)" if result.prepared.reused else ""
    yield "model", near(serving_model_dir(outputs["model"][0].uri))
    yield "model run", near(outputs["model_run"][0].uri)
    yield "data", near(result.prepared.directory) + reused
    yield "lineage", f"{near_database(result.metadata)}, run {result.launched.execution_id}"
    parts = ", ".join(f"{name} {seconds:.0f}" for name, seconds in result.seconds.items())
    yield "seconds", f"{sum(result.seconds.values()):.0f}: {parts}"


def _next(result: DemoResult) -> Iterator[tuple[str, str]]:
    """Commands worth trying where the demo was run, each with a remark, which may be empty."""
    where = f"--metadata {shlex.quote(near_database(result.metadata))}"
    if result.metadata == str(result.output / METADATA_FILE):
        where = f"--output {shlex.quote(str(result.output))}"
    trainwright = _program("trainwright")
    yield f"{trainwright} runs {where}", ""
    yield f"{trainwright} show {result.launched.execution_id} {where}", ""
    logs = shlex.quote(near(result.launched.outputs["model_run"][0].uri))
    known = importlib.util.find_spec("tensorboard")
    yield (
        f"{_program('tensorboard')} --logdir {logs}",
        "" if known else "  (pip install tensorboard)",
    )
    model = near(serving_model_dir(result.launched.outputs["model"][0].uri))
    code = f"import tensorflow as tf; print(*tf.saved_model.load({model!r}).signatures)"
    yield f'{_program("python")} -c "{code}"', ""


def _program(name: str) -> str:
    """How to call a program of this environment, which need not be the shell's."""
    beside_python = Path(sys.executable).with_name(name)
    found = shutil.which(name)
    if not beside_python.exists() or (found and Path(found) == beside_python):
        return name
    return shlex.quote(near(beside_python))


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
