"""``trainwright ingest``: from CSV, Parquet or a query to what a training run reads."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from trainwright.ingest import Ingested
    from trainwright.ingest.column_types import ColumnType

_SHOWN_VALUES = 4
_SHOWN_CHARACTERS = 40


def _types(
    context: click.Context, parameter: click.Parameter, values: Sequence[str]
) -> dict[str, str]:
    """``COLUMN=TYPE`` as a dict."""
    types = {}
    for value in values:
        column, found, type_ = value.rpartition("=")
        if not found or not column:
            raise click.BadParameter(f"{value!r} is not of the form COLUMN=TYPE.")
        types[column] = type_
    return types


@click.command(
    epilog="""
\b
Examples:
  trainwright ingest trips.csv -o data
  trainwright ingest 'logs/2024-*.csv.gz' -o data --split-on-time day
  trainwright ingest trips.parquet -o data --split train=8,eval=1,test=1 --split-key user
  trainwright ingest 'sqlite:///trips.db?SELECT * FROM trips' -o data
"""
)
@click.argument("source")
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="DIR",
    help="Gets DIR/examples, DIR/statistics and DIR/schema. What an earlier ingest wrote there is "
    "replaced, anything else is left alone.",
)
@click.option(
    "--split",
    default="train=0.8,eval=0.2",
    show_default=True,
    metavar="NAME=SHARE,...",
    help="Splits, and how many of the rows go into each.",
)
@click.option("--split-by", metavar="COLUMN", help="Each row's split is named in this column.")
@click.option(
    "--split-key",
    metavar="COLUMN",
    help="Rows of equal values in this column, such as a user, stay in one split.",
)
@click.option(
    "--split-on-time",
    metavar="COLUMN",
    help="The first split gets the earliest rows by this column, the last one the latest.",
)
@click.option("--drop", multiple=True, metavar="COLUMN", help="Leave a column out.")
@click.option(
    "--require",
    multiple=True,
    metavar="COLUMN",
    help="Leave rows out that have no value in this column, such as the label.",
)
@click.option(
    "--type",
    "types",
    multiple=True,
    callback=_types,
    metavar="COLUMN=TYPE",
    help="What a column is, where its values mislead: text, integer, float, comma_float, truth, "
    "time.",
)
@click.option("--shards", type=click.IntRange(1, 10_000), metavar="N", help="Files in each split.")
@click.option(
    "--max-bad-rows",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    metavar="N",
    help="Malformed rows of CSV to leave out before giving up.",
)
@click.option("--delimiter", metavar="CHAR", help="Of CSV. [default: what the first line shows]")
@click.option("--encoding", default="utf-8", show_default=True, metavar="NAME", help="Of CSV.")
def ingest(source: str, output: str, types: dict[str, str], **options: Any) -> None:
    """Make Examples of CSV or Parquet.

    Writes Examples, Statistics and a Schema of the rows in SOURCE.

    SOURCE is a CSV file with a header line, a Parquet file, a pattern in quotes that several
    files match, or the URL of a database, a question mark, and a query. Types of columns, what
    is missing and small vocabularies are told from all rows. Memory is bounded: SOURCE is read
    twice, in blocks.
    """
    from trainwright.ingest import IngestOptions
    from trainwright.ingest import ingest as ingest_rows

    delimiter = options["delimiter"]
    if delimiter is not None:
        options["delimiter"] = delimiter = {"\\t": "\t", "tab": "\t"}.get(delimiter, delimiter)
        if len(delimiter) != 1:
            raise click.BadParameter(f"{delimiter!r} is not a single character.")
    with _progress() as progress:
        result = ingest_rows(source, output, IngestOptions(types=types, **options), progress)
    _show(result)


@contextlib.contextmanager
def _progress() -> Iterator[Any]:
    """A bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("opening", total=None)

        def tell(what: str, done: int, size: int | None) -> None:
            bar.update(task, description=what, completed=done, total=size)

        yield tell


def _show(result: Ingested) -> None:
    """The columns, the splits, and what to do next."""
    from trainwright.cli.tables import Cell, Column, show_lines, show_sections, show_table

    names = list(result.types)
    show_table(
        [
            Column("COLUMN", [Cell(name, "bold") for name in names]),
            Column("TYPE", [Cell(_type(result.types[name])) for name in names], rank=1),
            Column("MISSING", [Cell(_missing(result, n)) for n in names], right=True, rank=2),
            Column("VALUES", [Cell(_values(result, name)) for name in names]),
        ]
    )
    show_lines("")
    total = sum(result.rows.values())
    show_sections(
        f"{total:,} rows",
        Cell(f"{len(names)} feature{'s' * (len(names) != 1)}"),
        {
            "Splits": [(n, f"{rows:,} ({rows / total:.1%})") for n, rows in result.rows.items()],
            "Renamed": [(new, f"was {old!r}") for new, old in result.renamed.items()],
            "Left out": [
                *result.left_out.items(),
                *(
                    [("incomplete rows", f"{result.incomplete_rows:,}")]
                    if result.incomplete_rows
                    else []
                ),
                *([("malformed rows", f"{result.bad_rows:,}")] if result.bad_rows else []),
                *[("", problem) for problem in result.first_bad_rows],
            ],
            "Look at": list(result.remarks.items()),
            "Next": [
                (
                    "a module file",
                    f"trainwright init -o module.py --schema {result.directory}/schema "
                    "--label COLUMN",
                ),
            ],
        },
    )


def _type(type_: ColumnType) -> str:
    return {"COMMA_FLOAT": "float (1,5)"}.get(type_.name, type_.name.lower())


def _common(result: Ingested, name: str) -> list[Any]:
    """The statistics of a feature in each split."""
    return [
        feature
        for statistics in result.statistics.values()
        for feature in statistics.datasets[0].features
        if feature.path.step[0] == name
    ]


def _missing(result: Ingested, name: str) -> str:
    """The share of rows without a value."""
    parts = [
        f.string_stats if f.WhichOneof("stats") == "string_stats" else f.num_stats
        for f in _common(result, name)
    ]
    missing = sum(part.common_stats.num_missing for part in parts)
    share = missing / sum(result.rows.values())
    return "-" if not missing else "<0.1%" if share < 0.001 else f"{share:.1%}"


def _values(result: Ingested, name: str) -> str:
    """A range, or some values, in a few words."""
    parts = _common(result, name)
    texts = [p.string_stats for p in parts if p.WhichOneof("stats") == "string_stats"]
    if texts:
        most = [_shortened(top.value) for top in texts[0].top_values[:_SHOWN_VALUES]]
        distinct = max(text.unique for text in texts)
        more = f", ... ({distinct:,} distinct)" if distinct > len(most) else ""
        return ", ".join(most) + more
    numbers = [part.num_stats for part in parts]
    low, high = min(n.min for n in numbers), max(n.max for n in numbers)
    return f"{_told(low, result.types[name])} to {_told(high, result.types[name])}"


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."


def _told(value: float, type_: ColumnType) -> str:
    """A number as its type is written.

    Example:
        >>> from trainwright.ingest.column_types import ColumnType
        >>> _told(86_400, ColumnType.TIME)
        '1970-01-02 00:00'
    """
    from trainwright.cli.text import number

    if type_.name in ("FLOAT", "COMMA_FLOAT"):
        return number(value)
    if type_.name == "TIME":
        with contextlib.suppress(OverflowError, ValueError):
            moment = datetime.fromtimestamp(value, timezone.utc)
            return f"{moment:%Y-%m-%d %H:%M}"
    return f"{value:,.0f}"
