"""``trainwright init``: a first module file for data that has a schema."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import click


@click.command(
    epilog="""
\b
Examples:
  trainwright init -o module.py --schema data/schema --label tips
  trainwright init -o module.py --schema data/schema --label tips --style keras
"""
)
@click.option("-o", "--output", required=True, metavar="FILE", help="The module file to write.")
@click.option("--schema", required=True, metavar="DIR", help="The examples' schema.")
@click.option("--label", required=True, metavar="COLUMN", help="The column to predict.")
@click.option(
    "--style",
    type=click.Choice(("estimator", "keras")),
    default="estimator",
    show_default=True,
    help="A wide-and-deep Estimator in a trainer_fn, or a Keras model in a run_fn.",
)
@click.option(
    "--statistics",
    metavar="DIR",
    help="The examples' statistics. [default: those beside the schema, where there are any]",
)
@click.option("--overwrite", is_flag=True, help="Replace FILE if it is there.")
def init(
    output: str, schema: str, label: str, style: str, statistics: str | None, overwrite: bool
) -> None:
    """Write a module file to start from.

    It trains at once, and is yours to edit.
    Columns are chosen from the schema and the statistics: numbers are brought to one scale,
    texts and small whole numbers become categories, and what tells nothing is left out.
    """
    from trainwright.cli.tables import Cell, show_sections
    from trainwright.data.atomic import atomic_file
    from trainwright.data.schema import read_schema
    from trainwright.errors import InvalidArgumentError
    from trainwright.starter import plan_module, render_module

    path = Path(output)
    if path.is_dir() or (path.exists() and not overwrite):
        raise InvalidArgumentError(
            f"{path} is there already.", hint="Choose another name, or add --overwrite."
        )
    plan = plan_module(read_schema(schema), label, _training_statistics(schema, statistics))
    source = render_module(plan, style)
    try:
        with atomic_file(path) as file:
            file.write(source.encode())
    except OSError as error:
        raise InvalidArgumentError(f"{path} cannot be written: {error.strerror}.") from error
    data = Path(schema).parent
    kinds = {"binary": "one of two", "classes": "one of several", "number": "a number"}
    show_sections(
        str(path),
        Cell(f"predicts {label}, {kinds[plan.label.kind]}"),
        {
            "Columns": [
                (title, ", ".join(columns))
                for title, columns in {
                    "numbers": plan.numbers,
                    "categories": [*plan.vocabularies, *plan.identities],
                    "many values": [*plan.hashed, *plan.hashed_integers],
                }.items()
                if columns
            ],
            "Left out": list(plan.left_out.items()),
            "Next": [
                (
                    "train it",
                    f"trainwright run --module-file {path} --examples {data}/examples "
                    f"--schema {schema} --train-steps 2000 --eval-steps 0 --output out",
                )
            ],
        },
    )


def _training_statistics(schema: str, statistics: str | None) -> Any:
    """Those of the split `train`, or of the first one; None where there are none."""
    from trainwright.data.statistics import read_statistics
    from trainwright.errors import ArtifactError

    # What was named must be there; what only may be there need not.
    forgiven = () if statistics else (ArtifactError,)
    with contextlib.suppress(*forgiven):
        splits = read_statistics(statistics or Path(schema).parent / "statistics")
        return splits.get("train") or next(iter(splits.values()))
    return None
