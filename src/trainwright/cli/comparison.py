"""Runs side by side, as rows of values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trainwright.cli.run_views import is_executor_property
from trainwright.lineage import ExecutionRecord, RunRecord

__all__ = ["Row", "compared"]

_TIMES = (
    "final_step",
    "train_seconds",
    "evaluate_seconds",
    "examples_per_second",
)
_IDENTITY = "cache/identity"
_CONTENTS = "contents of {}"


@dataclass(frozen=True)
class Row:
    """One thing that runs have or have not in common.

    Attributes:
        section: ``run``, ``inputs``, ``properties``, ``code``, ``versions``, ``metrics`` or
            ``times``.
        name: the thing.
        values: of each run; None where it has none.
    """

    section: str
    name: str
    values: tuple[Any, ...]

    @property
    def differs(self) -> bool:
        """Whether not all of them are the same."""
        return any(value != self.values[0] and value is not self.values[0] for value in self.values)


def compared(runs: Sequence[RunRecord]) -> list[Row]:
    """All that is recorded of the runs and comparable, section by section."""
    described = [_described(run) for run in runs]
    rows = []
    for section in described[0]:
        names = dict.fromkeys(name for one in described for name in one[section])
        for name in names if section == "times" else sorted(names):
            rows.append(Row(section, name, tuple(one[section].get(name) for one in described)))
    return rows


def _described(run: RunRecord) -> dict[str, dict[str, Any]]:
    record = run.execution
    identity = _identity(record)
    versions = {
        name.partition("/")[2]: value
        for name, value in record.properties.items()
        if name.startswith("version/")
    }
    git = {name: v for name, v in record.properties.items() if name.startswith("git/")}
    return {
        "run": {
            "state": record.state.name,
            "pipeline": record.contexts.pipeline,
            "node": record.contexts.node,
        },
        "inputs": _inputs(run, identity.get("input", {})),
        "properties": _properties(record),
        "code": {**git, **{k: v[:12] for k, v in identity.get("code", {}).items()}},
        "versions": {**identity.get("version", {}), **identity.get("environment", {}), **versions},
        "metrics": dict(record.metrics),
        "times": _times(record),
    }


def _inputs(run: RunRecord, contents: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, records in run.inputs.items():
        for index, record in enumerate(records):
            name = f"{key}[{index}]" if len(records) > 1 else key
            found[name] = f"{record.type.name} {record.id} {record.uri}"
            if name in contents:
                found[_CONTENTS.format(name)] = contents[name]
    return found


def _properties(record: ExecutionRecord) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in record.properties.items():
        if is_executor_property(name):
            found.update(_flat(name, value))
    return found


def _flat(name: str, value: Any) -> dict[str, Any]:
    """A property; one that is a JSON object as one entry for each of its members."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = json.loads(value)
        except ValueError:
            return {name: value}
    if isinstance(value, dict) and value:
        members = [_flat(f"{name}.{key}", item) for key, item in value.items()]
        return {key: item for member in members for key, item in member.items()}
    return {name: value if isinstance(value, (str, int, float, bytes)) else json.dumps(value)}


def _times(record: ExecutionRecord) -> dict[str, Any]:
    found = {name: record.properties[name] for name in _TIMES if name in record.properties}
    return {**found, "duration_seconds": record.duration_seconds}


def _identity(record: ExecutionRecord) -> dict[str, dict[str, str]]:
    try:
        found = json.loads(str(record.properties.get(_IDENTITY, "{}")))
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {
        str(section): {str(name): str(value) for name, value in values.items()}
        for section, values in found.items()
        if isinstance(values, dict)
    }
