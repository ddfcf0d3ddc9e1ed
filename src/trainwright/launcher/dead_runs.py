"""Runs that their processes left behind: nobody else will ever end them."""

from __future__ import annotations

from pathlib import Path

from trainwright.events import announce
from trainwright.launcher.processes import ProcessIdentity
from trainwright.launcher.workspace import Workspace
from trainwright.lineage import ExecutionRecord, ExecutionState, LineageStore, list_runs

__all__ = ["fail_dead_runs"]


def fail_dead_runs(store: LineageStore, here: ProcessIdentity) -> list[int]:
    """Marks the RUNNING runs of dead processes of this machine FAILED.

    What such a run was writing is removed. What it had published is complete, and stays.

    Args:
        store: the database.
        here: this process.

    Returns:
        The runs that were marked.
    """
    return [
        record.id
        for record in list_runs(store, state=ExecutionState.RUNNING)
        if _is_dead(record, here) and _fail(store, record)
    ]


def _is_dead(record: ExecutionRecord, here: ProcessIdentity) -> bool:
    process = ProcessIdentity.from_properties(record.properties)
    return process is not None and process.is_dead(here)


def _fail(store: LineageStore, record: ExecutionRecord) -> bool:
    """Marks one run; False where another process was first."""
    properties = {
        "error_type": "ProcessDied",
        "error_message": f"Process {record.properties['process/pid']!s} ended without recording "
        "how; the machine may have run out of memory, or somebody killed it.",
    }
    if not store.fail_execution(record.id, properties):
        return False
    announce.on_warning(f"Run {record.id} was left behind by a dead process: marked FAILED.")
    root = record.properties.get("output_root")
    if isinstance(root, str) and record.contexts.node:
        try:
            Workspace(Path(root), record.contexts.node, record.id, ()).clear()
        except OSError as error:
            announce.on_warning(f"{error.filename} could not be removed: {error.strerror}.")
    return True
