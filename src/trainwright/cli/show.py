"""``trainwright show``: everything that is recorded of one run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from trainwright.cli.metadata import metadata_options, open_metadata
from trainwright.cli.run_views import (
    details,
    is_executor_property,
    resumed_from,
    skipped_records,
    state_style,
    steps_of,
)
from trainwright.cli.settings import is_verbose, verbose_option
from trainwright.cli.text import ago, duration, local_time, number

if TYPE_CHECKING:
    from trainwright.lineage import ArtifactRecord, ExecutionRecord, RunRecord

_ENVIRONMENT = ("version/", "process/", "executor", "output_root", "git/")
_ONLY_IN_JSON = ("process/machine", "process/start")
_PLACES = ("export/", "last_checkpoint", "kept_checkpoints")
_TIMES = ("final_step", "train_seconds", "evaluate_seconds", "examples_per_second")

T = TypeVar("T")
Rows = list[tuple[str, str]]


@click.command(
    epilog="""
\b
Examples:
  trainwright show latest --output out
  trainwright show 3 --output out --json
"""
)
@click.argument("run")
@metadata_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON: one object, times in UTC.")
@verbose_option
def show(run: str, output: str | None, metadata: str | None, as_json: bool) -> None:
    """Show one run: inputs, outputs, metrics.

    RUN is its number, the id of its pipeline run, or "latest".
    """
    store = open_metadata(output, metadata)
    from trainwright.lineage import find_run, get_run

    record = get_run(store, find_run(store, run))
    if as_json:
        click.echo(json.dumps(details(record), indent=2))
    else:
        _print(record)


def _print(run: RunRecord) -> None:
    from trainwright.cli.tables import Cell, show_sections

    record = run.execution
    state = Cell(record.state.name, state_style(record.state))
    show_sections(
        f"Run {record.id}",
        state,
        {
            "": _times(record),
            "Error": _error(record),
            "Metrics": [(name, number(value)) for name, value in sorted(record.metrics.items())],
            "Inputs": _artifacts(run.inputs),
            "Outputs": _artifacts(run.outputs) + _places(record),
            "Caching": _caching(record),
            "Warnings": _warnings(record),
            "Properties": _properties(record),
            "Stages": _stages(record),
            "Environment": _environment(record),
        },
    )


def _times(record: ExecutionRecord) -> Rows:
    contexts, step = record.contexts, steps_of(record)
    _, training, evaluating, speed = (record.properties.get(name) for name in _TIMES)
    started = f"{local_time(record.created_ms, seconds=True)} ({ago(record.created_ms)} ago)"
    rows = [
        ("pipeline", f"{contexts.pipeline}, run {contexts.run_id}, node {contexts.node}"),
        ("started", started),
        ("took", duration(record.duration_seconds)),
        ("steps", "" if step is None else f"{step:,}"),
        ("resumed from", _origin(record)),
        ("input ended", _short(record)),
        ("skipped", skipped_records(record.properties)),
        ("training", duration(training) if isinstance(training, float) else ""),
        ("evaluating", duration(evaluating) if isinstance(evaluating, float) else ""),
        ("speed", f"{speed:,.0f} examples/s" if isinstance(speed, float) else ""),
    ]
    return [(name, text) for name, text in rows if text]


def _origin(record: ExecutionRecord) -> str:
    earlier, step = resumed_from(record), record.properties.get("resumed_step")
    if earlier is None:
        return ""
    return f"run {earlier}" + (f", at step {step:,}" if isinstance(step, int) else "")


def _short(record: ExecutionRecord) -> str:
    step = record.properties.get("input_ended_at")
    return f"at step {step:,}, fewer than asked for" if isinstance(step, int) else ""


def _error(record: ExecutionRecord) -> Rows:
    error = record.error
    if error is None:
        return []
    rows = [(error.type, error.message)]
    if error.hint:
        rows.append(("hint", error.hint))
    if error.traceback and is_verbose():
        rows.append(("traceback", error.traceback))
    elif error.traceback:
        rows.append(("traceback", f"recorded; `trainwright show -v {record.id}` prints it"))
    return rows


def _artifacts(groups: Mapping[str, Sequence[ArtifactRecord]]) -> Rows:
    return [
        (key, f"{record.type.name} {record.id}{_unless_live(record)}  {record.uri}")
        for key, group in groups.items()
        for record in group
    ]


def _unless_live(record: ArtifactRecord) -> str:
    return "" if record.state.name == "LIVE" else f" ({record.state.name})"


def _properties(record: ExecutionRecord) -> Rows:
    return [
        (name, _compact(value))
        for name, value in sorted(record.properties.items())
        if is_executor_property(name)
    ]


def _places(record: ExecutionRecord) -> Rows:
    return [
        (name, str(value))
        for name, value in sorted(record.properties.items())
        if name.startswith(_PLACES)
    ]


def _caching(record: ExecutionRecord) -> Rows:
    """Why it was cached or not, and whether it can be reused."""
    why, problem = (str(record.properties.get(f"cache/{name}", "")) for name in ("why", "unusable"))
    label = "reused" if record.state.name == "CACHED" else "not cached"
    return [(name, text) for name, text in ((label, why), ("not reusable", problem)) if text]


def _warnings(record: ExecutionRecord) -> Rows:
    found = _from_json(record, "warnings", list)
    return [(str(place), str(text)) for place, text in enumerate(found, start=1)]


def _stages(record: ExecutionRecord) -> Rows:
    found = _from_json(record, "stage_seconds", dict)
    return [
        (str(name), duration(seconds))
        for name, seconds in found.items()
        if isinstance(seconds, (int, float))
    ]


def _from_json(record: ExecutionRecord, name: str, kind: type[T]) -> T:
    """A property kept as JSON, empty where it is not there or of another kind."""
    try:
        found = json.loads(str(record.properties.get(name, "null")))
    except ValueError:
        found = None
    return found if isinstance(found, kind) else kind()


def _environment(record: ExecutionRecord) -> Rows:
    return [
        (name.rpartition("/")[2], str(value))
        for name, value in sorted(record.properties.items())
        if name.startswith(_ENVIRONMENT) and name not in _ONLY_IN_JSON
    ]


def _compact(value: Any) -> str:
    """A property on as few lines as possible: JSON without its indentation."""
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    text = str(value)
    if text.lstrip().startswith(("{", "[")):
        try:
            return json.dumps(json.loads(text), ensure_ascii=False)
        except ValueError:
            return text
    return text
