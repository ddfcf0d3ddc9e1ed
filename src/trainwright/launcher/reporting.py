"""The report that a run leaves beside its checkpoints."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from trainwright.artifacts import Artifact
from trainwright.events import announce
from trainwright.launcher.values import artifact_records, plain_text
from trainwright.launcher.workspace import Workspace
from trainwright.lineage import LineageStore, PropertyValue

__all__ = ["report_ending"]


def report_ending(
    store: LineageStore,
    execution_id: int,
    workspace: Workspace,
    outputs: Mapping[str, Sequence[Artifact]],
    properties: Mapping[str, PropertyValue],
) -> None:
    """Writes ``report.html`` into ``model_run``, before the outputs are published.

    A run does not fail for want of a report: whatever is wrong becomes a warning.

    Args:
        store: the database.
        execution_id: the run, which has done its work.
        workspace: its directories.
        outputs: its outputs, in the working directory.
        properties: what will be recorded when it is complete.
    """
    from trainwright.report.writing import write_ending_run

    records = {
        key: [replace(record, uri=str(workspace.published(key))) for record in group]
        for key, group in artifact_records(outputs).items()
    }
    folders = {key: workspace.working(key) for key in outputs}
    now_ms = time.time_ns() // 1_000_000
    try:
        write_ending_run(store, execution_id, folders, records, properties, now_ms)
    except Exception as error:  # noqa: BLE001 - told, and the model is worth more than its report
        reason = plain_text(f"{type(error).__name__}: {error}")
        announce.on_warning(f"The report could not be written: {reason}")
