"""Runs that their processes left behind: nobody else will ever end them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from trainwright.events import announce
from trainwright.launcher.processes import ProcessIdentity
from trainwright.launcher.workspace import KEPT, WORKING, WORKSPACE, workspace_of
from trainwright.lineage import (
    ExecutionRecord,
    ExecutionState,
    LineageStore,
    PropertyValue,
    list_runs,
)
from trainwright.lineage.collecting import runs_by_id

__all__ = ["clear_after_dead_runs", "fail_dead_runs", "is_dead"]

_RUN = re.compile(r"[1-9][0-9]{0,8}")


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


def clear_after_dead_runs(
    store: LineageStore, here: ProcessIdentity, root: Path, node: str
) -> list[int]:
    """Removes the working directories of runs whose processes died when all was done.

    Such a run is COMPLETE, its outputs are published, and what is left holds nothing. Only
    directories go that the database knows such a run to have made in this very place.

    Args:
        store: the database.
        here: this process.
        root: the output root; an absolute path.
        node: the place in the pipeline whose working directories to look through.

    Returns:
        The runs whose directories were removed.
    """
    found = runs_by_id(store, _numbers(root / node / WORKING))
    return [
        record.id
        for record in found.values()
        if record.state is ExecutionState.COMPLETE
        and record.properties.get(WORKSPACE) == 1
        and record.properties.get("output_root") == str(root)
        and record.contexts.node == node
        and is_dead(record, here)
        and _clear(record)
    ]


def _numbers(working: Path) -> Iterator[int]:
    """The runs that the names of working directories tell of."""
    try:
        names = os.listdir(working)  # noqa: PTH208 - names are all that is wanted
    except OSError:
        return  # there are none yet, or they cannot be seen
    yield from (int(name) for name in names if _RUN.fullmatch(name))


def _clear(record: ExecutionRecord) -> bool:
    workspace = workspace_of(record)
    if workspace is None:
        return False
    try:
        workspace.clear()
    except OSError as error:
        announce.on_warning(f"{error.filename} could not be removed: {error.strerror}.")
        return False
    return True


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
