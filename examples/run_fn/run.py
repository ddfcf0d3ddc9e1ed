"""Trains one of the examples on Fisher's irises.

python examples/run_fn/run.py keras|sklearn|torch [--output DIR]
"""

from __future__ import annotations

import sys
from pathlib import Path

import click
import numpy as np
from rich.console import Console

from trainwright import Trainer, TrainwrightError
from trainwright.artifacts import Examples, Schema, serving_model_dir
from trainwright.data.example_proto import encode_examples
from trainwright.data.infer_schema import infer_schema
from trainwright.data.schema import write_schema
from trainwright.data.tfrecord import write_records
from trainwright.launcher import LaunchResult
from trainwright.progress import show_progress
from trainwright.quiet import quiet_tensorflow

MODULES = ("keras", "sklearn", "torch")


def write_irises(folder: Path) -> None:
    """Writes 150 flowers as Examples, two thirds of them to train on, and their schema."""
    from sklearn.datasets import load_iris

    irises = load_iris()
    order = np.random.default_rng(1).permutation(len(irises.target))
    names = [name.removesuffix(" (cm)").replace(" ", "_") for name in irises.feature_names]
    columns = dict(zip(names, irises.data[order].T.astype(np.float32), strict=True))
    columns["variety"] = irises.target[order]
    for split, rows in {"train": slice(0, 100), "eval": slice(100, None)}.items():
        part = {name: values[rows] for name, values in columns.items()}
        file = folder / "examples" / f"Split-{split}" / "data-00000-of-00001.gz"
        write_records(file, encode_examples(part))
    write_schema(infer_schema(columns), folder / "schema")


def run_example(name: str, output: Path, steps: int = 200) -> LaunchResult:
    """Trains with one of the modules.

    Args:
        name: ``keras``, ``sklearn`` or ``torch``.
        output: gets the data, the model and the lineage.
        steps: batches to train on.
    """
    write_irises(output / "data")
    trainer = Trainer(
        examples=Examples(output / "data" / "examples", split_names=["train", "eval"]),
        schema=Schema(output / "data" / "schema"),
        module_file=Path(__file__).with_name(f"{name}_module.py"),
        train_args={"num_steps": steps},
        eval_args={"num_steps": 4},
        id=f"Trainer.{name}",
    )
    return trainer.run(output, pipeline="run_fn")


@click.command()
@click.argument("name", type=click.Choice(MODULES))
@click.option("--output", default="run_fn-output", show_default=True, type=Path, metavar="DIR")
def main(name: str, output: Path) -> None:
    """Train one of the models of this folder."""
    quiet_tensorflow()
    console = Console(highlight=False)
    try:
        with show_progress(plain=True):
            result = run_example(name, output)
    except TrainwrightError as error:
        Console(stderr=True, highlight=False).print(
            f"{error.title}: {error}", style="red", soft_wrap=True
        )
        sys.exit(error.exit_code)
    model = serving_model_dir(result.outputs["model"][0].uri)
    console.print("model  ", model, soft_wrap=True)
    for file in sorted(model.glob("evaluation.json")):
        console.print("metrics", file.read_text())


if __name__ == "__main__":
    main()
