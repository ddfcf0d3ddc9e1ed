"""``trainwright init``: a first module file for data that has a schema."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

_IMPORTED = {"keras", "numpy", "tensorflow", "trainwright"}


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
@click.option(
    "--examples",
    metavar="DIR",
    help="The examples. Without statistics, the first ones are read to know their features. "
    "[default: those beside the schema]",
)
@click.option("--overwrite", is_flag=True, help="Replace FILE if it is there.")
def init(
    output: str,
    schema: str,
    label: str,
    style: str,
    statistics: str | None,
    examples: str | None,
    overwrite: bool,
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
    _check_name(path)
    if path.is_dir() or (path.exists() and not overwrite):
        raise InvalidArgumentError(
            f"{path} is there already.", hint="Choose another name, or add --overwrite."
        )
    described = read_schema(schema)
    place = Path(examples) if examples else _examples_beside(Path(schema))
    label = _feature_of(label, described)
    known, source_of_figures = _training_statistics(schema, described, statistics, place)
    plan = plan_module(described, label, known)
    source = render_module(plan, style)
    try:
        with atomic_file(path) as file:
            file.write(source.encode())
    except OSError as error:
        raise InvalidArgumentError(f"{path} cannot be written: {error.strerror}.") from error
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
            "Figures": [("from", source_of_figures)],
            "Next": [
                (
                    "train it",
                    f"trainwright run --module-file {path} --examples {place or 'DIR'} "
                    f"--schema {schema} --train-steps 2000 --eval-steps 0 --output out",
                )
            ],
        },
    )


def _check_name(path: Path) -> None:
    """Refuses names of modules that the file itself, or what it imports, would then not find."""
    from trainwright.errors import InvalidArgumentError

    name = path.name.partition(".")[0]
    if name in sys.stdlib_module_names | _IMPORTED:
        raise InvalidArgumentError(
            f"{path} would be imported in place of the module {name!r}: its directory is searched "
            "first.",
            hint="Choose another name, such as module.py.",
        )


def _feature_of(label: str, described: Any) -> str:
    """The name of the feature for a label, which may be that of its column."""
    from trainwright.ingest.column_names import feature_names

    known = {feature.name for feature in described.feature}
    renamed = feature_names([label])[label]
    return renamed if label not in known and renamed in known else label


def _examples_beside(schema: Path) -> Path | None:
    """A directory of examples next to the schema's; None where there is none."""
    around = schema.absolute().parent
    found = sorted(around.glob("*/Split-*")) if around.is_dir() else []
    # Statistics have splits, too.
    holds = [split for split in found if any(not f.name.endswith(".pb") for f in split.iterdir())]
    return schema.parent / holds[0].parent.name if holds else None


def _training_statistics(
    schema: str, described: Any, statistics: str | None, examples: Path | None
) -> tuple[Any, str]:
    """Those of the split `train`, or of the first one, and where they are from."""
    from trainwright.artifacts import Examples
    from trainwright.data.sampled_statistics import sampled_statistics
    from trainwright.data.statistics import read_statistics
    from trainwright.errors import ArtifactError

    where = Path(statistics) if statistics else Path(schema).parent / "statistics"
    if statistics or where.is_dir():
        splits = read_statistics(where)
        return splits.get("train") or next(iter(splits.values())), f"the statistics in {where}"
    if examples is None:
        return None, "the schema alone: numbers are not scaled; --examples or --statistics help"
    names = Examples(examples.absolute()).splits
    if not names:
        raise ArtifactError(f"There are no examples at {examples}.", hint="See --examples.")
    split = examples / f"Split-{'train' if 'train' in names else names[0]}"
    files = sorted(file for file in split.iterdir() if file.is_file())
    sampled = sampled_statistics(files, described)
    return sampled, f"the first {sampled.datasets[0].num_examples:,} examples of {split}"
