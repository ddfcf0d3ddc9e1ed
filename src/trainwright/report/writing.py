"""Writes reports, and finds what they are of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from trainwright.data.atomic import atomic_file
from trainwright.lineage import (
    ArtifactRecord,
    ExecutionState,
    LineageStore,
    PropertyValue,
    get_run,
)
from trainwright.report.facts import gather
from trainwright.report.names import REPORT_FILE
from trainwright.report.page import render

__all__ = ["write_ending_run", "write_report"]

_QUICK_SAMPLE = 300


def write_report(page: str, path: Path) -> None:
    """Writes a page; it appears complete or not at all."""
    with atomic_file(path) as file:
        file.write(page.encode())


def write_ending_run(
    store: LineageStore,
    execution_id: int,
    folders: Mapping[str, Path],
    outputs: Mapping[str, list[ArtifactRecord]],
    properties: Mapping[str, PropertyValue],
    now_ms: int,
) -> Path:
    """Writes the report of a run that has done its work but is not recorded as complete.

    So the report is among the outputs when they appear.

    Args:
        store: the database.
        execution_id: the run.
        folders: where its outputs lie now, by key.
        outputs: as they will be recorded.
        properties: that will be recorded at its end.
        now_ms: when it ends, in milliseconds since 1970.

    Returns:
        The file.
    """
    run = get_run(store, execution_id)
    record = replace(
        run.execution,
        state=ExecutionState.COMPLETE,
        updated_ms=now_ms,
        properties={**run.execution.properties, **properties},
    )
    ended: Any = replace(run, execution=record, outputs=outputs)
    page = render([gather(store, ended, folders=folders, sample=_QUICK_SAMPLE)])
    path = folders["model_run"] / REPORT_FILE
    write_report(page, path)
    return path
