"""Runs that their processes left behind: nobody else will ever end them."""

from __future__ import annotations

from trainwright.events import announce
from trainwright.launcher.processes import ProcessIdentity
from trainwright.launcher.workspace import KEPT, workspace_of
from trainwright.lineage import (
    ExecutionRecord,
    ExecutionState,
    LineageStore,
    PropertyValue,
    list_runs,
)

__all__ = ["fail_dead_runs", "is_dead"]


def fail_dead_runs(store: LineageStore, here: ProcessIdentity) -> list[int]:
    """Marks the RUNNING runs of dead processes of this machine FAILED.

    What such a run was writing is removed, but for its checkpoints. What it had published is
    complete, and stays.

    Args:
        store: the database.
        here: this process.

    Returns:
        The runs that were marked.
    """
    return [
        record.id
        for record in list_runs(store, state=ExecutionState.RUNNING)
        if is_dead(record, here) and _fail(store, record)
    ]


def is_dead(record: ExecutionRecord, here: ProcessIdentity) -> bool:
    """Whether the process that does a run is gone for certain, seen from this one."""
    process = ProcessIdentity.from_properties(record.properties)
    return process is not None and process.is_dead(here)


def _fail(store: LineageStore, record: ExecutionRecord) -> bool:
    """Marks one run; False where another process was first."""
    properties: dict[str, PropertyValue] = {
        "error_type": "ProcessDied",
        "error_message": f"Process {record.properties['process/pid']!s} ended without recording "
        "how; the machine may have run out of memory, or somebody killed it.",
    }
    workspace = workspace_of(record)
    kept = workspace.checkpoints() if workspace else None
    if kept is not None:
        properties[KEPT] = str(kept)
    if not store.fail_execution(record.id, properties):
        return False
    announce.on_warning(f"Run {record.id} was left behind by a dead process: marked FAILED.")
    if workspace:
        try:
            workspace.abandon()
        except OSError as error:
            announce.on_warning(f"{error.filename} could not be removed: {error.strerror}.")
    return True
