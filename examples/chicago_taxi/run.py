"""Trains a model of Chicago's taxi trips, goes on from it in a second run, compares the two.

python examples/chicago_taxi/run.py [--output DIR] [--wheel FILE]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text
from score import score_trips

from data import fetch_data
from trainwright import Trainer, TrainwrightError
from trainwright.artifacts import Examples, Schema, TransformGraph, serving_model_dir
from trainwright.launcher import LaunchResult
from trainwright.progress import show_progress
from trainwright.quiet import quiet_tensorflow

MODULE_FILE = Path(__file__).with_name("taxi_module.py")
METRICS = {"AUC": "auc", "accuracy": "accuracy", "log loss": "average_loss"}


def declare(data: Path, steps: int, **more: Any) -> Trainer:
    """A training step on the taxi data.

    Args:
        data: the artifacts, as :func:`data.fetch_data` leaves them.
        steps: batches to train on.
        **more: arguments of the Trainer.
    """
    return Trainer(
        examples=Examples(data / "transformed_examples", split_names=["train", "eval"]),
        transform_graph=TransformGraph(data / "transform_graph"),
        schema=Schema(data / "schema"),
        module_file=MODULE_FILE,
        train_args={"num_steps": steps},
        eval_args={"num_steps": 0},  # 0: the whole split
        **more,
    )


def run_example(output: Path, steps: int, wheel: Path | None = None) -> dict[str, LaunchResult]:
    """Trains twice: from nothing, and from what the first run published.

    Args:
        output: gets the data, the models and the lineage.
        steps: batches of the first run; the second has half as many.
        wheel: TFX's wheel; None: pip downloads it.

    Returns:
        What came of each run, by a name to show.
    """
    data = fetch_data(output / "data", wheel)
    first = declare(data, steps, custom_config={"learning_rate": 0.002})
    results = {f"from nothing, {steps:,} steps": first.run(output, pipeline="chicago_taxi")}
    second = declare(
        data,
        steps // 2,
        base_model=first.outputs["model"],
        custom_config={"learning_rate": 0.0002},  # smaller steps, now that it is near
        instance_name="warm_started",
    )
    name = f"from the first model, {steps // 2:,} more"
    results[name] = second.run(output, pipeline="chicago_taxi")
    return results


def show(results: dict[str, LaunchResult], output: Path) -> None:
    """Prints the metrics side by side, a few trips with what the model says, and where it is."""
    console = Console(highlight=False)
    last = list(results.values())[-1]
    console.print(Text("\nA big tip or not? Of the trips kept out of training:\n", style="bold"))
    console.print(_metrics(results))
    model = serving_model_dir(last.outputs["model"][0].uri)
    console.print(Text("\nTrips of data.csv, as the second model sees them:\n", style="bold"))
    console.print(_trips(output / "data", model))
    console.print(f"\nmodel    {model}", soft_wrap=True)
    console.print(f"lineage  trainwright show latest --output {output}", soft_wrap=True)


def _metrics(results: dict[str, LaunchResult]) -> Table:
    table = Table("", box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for title in METRICS:
        table.add_column(title, justify="right")
    first = next(iter(results.values())).metrics
    # What comes of the most frequent answer, always.
    table.add_row("always no", "0.500", f"{first['accuracy_baseline']:.3f}", "")
    for name, result in results.items():
        table.add_row(name, *(f"{result.metrics[key]:.3f}" for key in METRICS.values()))
    return table


def _trips(data: Path, model: Path) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for title in ("fare", "miles", "paid by", "tip", "probability of a big one"):
        table.add_column(title, justify="left" if title == "paid by" else "right")
    for trip in score_trips(data, model, count=8):
        money = (f"{trip['fare']:.2f}", f"{trip['trip_miles']:.1f}", trip["payment_type"])
        table.add_row(*money, f"{trip['tips']:.2f}", f"{trip['probability']:.2f}")
    return table


@click.command()
@click.option("--output", default="taxi-output", show_default=True, type=Path, metavar="DIR")
@click.option("--wheel", type=Path, metavar="FILE", help="TFX's wheel. [default: downloaded]")
@click.option("--steps", default=400, show_default=True, type=click.IntRange(2))
def main(output: Path, wheel: Path | None, steps: int) -> None:
    """Train a model of Chicago's taxi trips, and a second one from the first."""
    quiet_tensorflow()
    try:
        with show_progress():
            results = run_example(output, steps, wheel)
    except TrainwrightError as error:
        Console(stderr=True, highlight=False).print(
            f"{error.title}: {error}", style="red", soft_wrap=True
        )
        sys.exit(error.exit_code)
    show(results, output)


if __name__ == "__main__":
    main()
