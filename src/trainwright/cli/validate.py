"""``trainwright validate``: examples against their schema."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from trainwright.cli.settings import verbose_option

if TYPE_CHECKING:
    from trainwright.data.validation import Anomaly, SplitReport

_ANOMALIES = 1
_PAYLOADS = ("FORMAT_TF_EXAMPLE", "FORMAT_TF_SEQUENCE_EXAMPLE", "FORMAT_PARQUET")


@click.command(
    epilog="""
\b
Examples:
  trainwright validate data/examples --schema data/schema
  trainwright validate data/examples --schema data/schema --split eval --all
  trainwright validate data/examples --schema data/schema --drift 0.1

Exit codes: 0 all is as the schema says, 1 there are anomalies.
"""
)
@click.argument("examples")
@click.option(
    "--schema", required=True, metavar="DIR", help="The schema: a directory with schema.pbtxt."
)
@click.option(
    "--split", "splits", multiple=True, metavar="NAME", help="Look at this split. [default: all]"
)
@click.option(
    "--sample",
    type=click.IntRange(1),
    default=10_000,
    show_default=True,
    metavar="N",
    help="Look at N records of each split: the first ones of each file.",
)
@click.option(
    "--payload-format",
    type=click.Choice(_PAYLOADS),
    metavar="NAME",
    help="What the records are: FORMAT_TF_EXAMPLE, FORMAT_TF_SEQUENCE_EXAMPLE, FORMAT_PARQUET. "
    "[default: what files and schema tell]",
)
@click.option("--all", "everything", is_flag=True, help="Look at all records.")
@click.option(
    "--drift",
    type=click.FloatRange(0, 1),
    metavar="X",
    help="Compare splits with the first one, too: features that are more than X apart (0 to 1) are "
    "anomalies.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: one object.")
@verbose_option
def validate(
    examples: str,
    schema: str,
    splits: Sequence[str],
    sample: int,
    payload_format: str | None,
    everything: bool,
    drift: float | None,
    as_json: bool,
) -> int:
    """Check Examples against their schema.

    Shows, in words and figures, which features are missing, of another type or shape, or have
    values outside of their domain; and damaged files.
    """
    from trainwright.artifacts import Examples
    from trainwright.data.schema import read_schema
    from trainwright.data.validation import PAYLOADS, check_split, drift_between, payload_of
    from trainwright.remote.stage import Stage

    most = None if everything else sample
    with Stage() as stage:
        artifact = Examples(stage.directory(examples))
        files = _files(artifact, examples, splits)
        proto = read_schema(stage.directory(schema))
        payload = PAYLOADS[payload_format] if payload_format else None
        reports = []
        for split, names in files.items():
            payload = payload or payload_of(names, proto)
            with _progress(split) as tell:
                report = check_split(
                    split,
                    names,
                    payload.expect(proto),
                    most,
                    tell,
                    distributions=drift is not None,
                    payload=payload,
                )
            reports.append(report)
    drifted = [] if drift is None else list(drift_between(reports, drift))
    anomalies = [anomaly for report in reports for anomaly in report.anomalies] + drifted
    if as_json:
        click.echo(json.dumps(_view(reports, anomalies), indent=2))
    else:
        _print(reports, anomalies)
    return _ANOMALIES if any(not anomaly.note for anomaly in anomalies) else 0


def _files(artifact: Any, given: str, splits: Sequence[str]) -> dict[str, list[str]]:
    """The files of each split to look at."""
    from trainwright.artifacts import split_dir
    from trainwright.data.validation.rows import record_files
    from trainwright.errors import ArtifactError, SplitError

    if not artifact.splits:
        raise ArtifactError(
            f"There are no Examples at {given}.",
            hint="They are a directory with a Split-NAME directory of record files for each split.",
        )
    # In the order in which people name them: what others are compared with comes first.
    known = sorted(artifact.splits, key=lambda name: (name != "train", name))
    found = {name: record_files(split_dir(artifact, name)) for name in splits or known}
    for name, files in found.items():
        if not files:
            raise SplitError(f"There are no files in split {name!r} of the Examples at {given}.")
    return found


@contextlib.contextmanager
def _progress(split: str) -> Iterator[Callable[[int], None] | None]:
    """A count on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.text import Text

    from trainwright.cli.text import printable

    with Console(stderr=True).status(Text(printable(split))) as status:
        yield lambda rows: status.update(Text(f"{printable(split)}: {rows:,} records"))


def _view(reports: Sequence[SplitReport], anomalies: Sequence[Anomaly]) -> dict[str, Any]:
    return {
        "splits": [
            {"split": r.split, "files": r.files, "rows": r.rows, "all": r.whole} for r in reports
        ],
        "anomalies": [
            {
                "split": a.split,
                "feature": a.feature or None,
                "kind": a.kind,
                "message": a.message,
                "rows": a.rows,
                "checked": a.checked,
                "file": a.first.file if a.first else None,
                "record": a.first.record if a.first else None,
                "note": a.note,
            }
            for a in anomalies
        ],
    }


def _print(reports: Sequence[SplitReport], anomalies: Sequence[Anomaly]) -> None:
    from trainwright.cli.tables import Cell, Column, show_lines, show_table

    if anomalies:
        show_table(
            [
                Column("SPLIT", [Cell(a.split) for a in anomalies]),
                Column("WHAT", [Cell(a.kind, "" if a.note else "red") for a in anomalies], rank=1),
                Column("IN WORDS", [Cell(a.message) for a in anomalies]),
                Column("FIRST SEEN IN", [Cell(_place(a)) for a in anomalies], rank=2),
            ]
        )
        show_lines("")
    for report in reports:
        show_lines(_summary(report))
    wrong = sum(not anomaly.note for anomaly in anomalies)
    show_lines(f"{wrong:,} anomal{'y' if wrong == 1 else 'ies'}" if wrong else "no anomalies")


def _place(anomaly: Anomaly) -> str:
    first = anomaly.first
    return f"{Path(first.file).name}, record {first.record:,}" if first else ""


def _summary(report: SplitReport) -> str:
    from trainwright.cli.text import printable

    rows = f"{'all ' if report.whole else 'the first '}{report.rows:,} records"
    files = f"{report.files:,} file{'s' * (report.files != 1)}"
    more = "" if report.whole else " (--all looks at all of them)"
    return printable(f"{report.split}: {rows} of {files}{more}")
