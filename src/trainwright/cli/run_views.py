"""A recorded run, as commands show it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from trainwright.cli.text import iso_time

if TYPE_CHECKING:
    from trainwright.lineage import ArtifactRecord, ExecutionRecord, ExecutionState, RunRecord

__all__ = [
    "artifact_view",
    "details",
    "is_executor_property",
    "json_value",
    "main_metrics",
    "resumed_from",
    "skipped_records",
    "state_style",
    "steps_of",
    "summary",
]

_STATE_STYLES = {
    "RUNNING": "cyan",
    "COMPLETE": "green",
    "FAILED": "red",
    "CANCELED": "yellow",
    "CACHED": "blue",
}
_TELLING = ("auc", "accuracy", "f1", "average_loss", "loss")
"""Metrics that say most about a run, best first; a metric belongs here by a part of its name."""
_MOST_METRICS = 4


_OURS = (
    *("version/", "process/", "executor", "output_root", "git/", "cache/", "output_files/"),
    *("export/", "last_checkpoint", "metric/", "error_", "stage_seconds", "warnings"),
    *("final_step", "train_seconds", "evaluate_seconds", "examples_per_second"),
    *("kept_checkpoints", "workspace", "resumed_", "examples_seen", "input_ended_at"),
    "skipped_records",
)


def is_executor_property(name: str) -> bool:
    """Whether a property was given to the executor, rather than found out about the run."""
    return not name.startswith(_OURS)


def state_style(state: ExecutionState) -> str:
    """The colour of a state."""
    return _STATE_STYLES.get(state.name, "")


def steps_of(record: ExecutionRecord) -> int | None:
    """The global step at which a run ended, None where it is not recorded."""
    step = record.properties.get("final_step")
    return step if isinstance(step, int) else None


def resumed_from(record: ExecutionRecord) -> int | None:
    """The number of the run that it goes on from, None where it began anew."""
    earlier = record.properties.get("resumed_from")
    return earlier if isinstance(earlier, int) else None


def skipped_records(properties: Mapping[str, Any]) -> str:
    """How many bad records a run left out, in words; empty where there were none.

    Args:
        properties: those of the run.

    Example:
        >>> skipped_records({"skipped_records": 1})
        '1 bad record'
    """
    count = properties.get("skipped_records")
    return f"{count:,} bad record{'s' * (count != 1)}" if isinstance(count, int) else ""


def main_metrics(records: Iterable[ExecutionRecord]) -> list[str]:
    """Names of the metrics to compare these runs by, the most telling first."""
    names = {name for record in records for name in record.metrics}
    ranked = sorted((rank, name) for name in names if (rank := _rank(name)) is not None)
    return [name for _, name in ranked[:_MOST_METRICS]]


def summary(record: ExecutionRecord) -> dict[str, Any]:
    """A run as JSON, without its artifacts and properties."""
    error = record.error
    return {
        "id": record.id,
        "state": record.state.name,
        "pipeline": record.contexts.pipeline,
        "run_id": record.contexts.run_id,
        "node": record.contexts.node,
        "type": record.type_name,
        "started": iso_time(record.created_ms),
        "ended": iso_time(record.updated_ms) if record.state.is_over else None,
        "duration_seconds": record.duration_seconds,
        "steps": steps_of(record),
        "resumed_from": resumed_from(record),
        "metrics": _jsonable(record.metrics),
        "error": error and {"type": error.type, "message": error.message, "hint": error.hint},
    }


def details(run: RunRecord) -> dict[str, Any]:
    """A run as JSON, with everything that is recorded of it."""
    return {
        **summary(run.execution),
        "name": run.execution.name,
        "properties": _jsonable(run.execution.properties),
        "inputs": _artifacts(run.inputs),
        "outputs": _artifacts(run.outputs),
    }


def artifact_view(record: ArtifactRecord) -> dict[str, Any]:
    """An artifact as JSON."""
    return {
        "id": record.id,
        "type": record.type.name,
        "uri": record.uri,
        "state": record.state.name,
        "properties": _jsonable(record.properties),
        "custom_properties": _jsonable(record.custom_properties),
    }


def _artifacts(groups: Mapping[str, Iterable[ArtifactRecord]]) -> dict[str, list[dict[str, Any]]]:
    return {key: [artifact_view(record) for record in group] for key, group in groups.items()}


def _rank(name: str) -> int | None:
    """How telling a metric is, 0 the most; None for those that say nothing of a model's worth."""
    if name.startswith(("label/", "prediction/")) or name.endswith("_baseline"):
        return None
    parts = name.split("/")
    for rank, telling in enumerate(_TELLING):
        if telling in parts:
            return rank
    return len(_TELLING)


def _jsonable(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values that JSON knows: bytes as hexadecimal digits, numbers not finite as strings."""
    return {name: json_value(value) for name, value in values.items()}


def json_value(value: Any) -> Any:
    """A value that JSON knows, as :func:`details` has them."""
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
