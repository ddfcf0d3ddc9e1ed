"""A run that goes on takes over what an earlier one left: its checkpoints, by one rename."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from trainwright.data.atomic import sync_directory
from trainwright.events import announce
from trainwright.launcher.resuming import ENDED_BADLY, remains
from trainwright.launcher.workspace import (
    KEPT_KEY,
    WORKSPACE,
    Workspace,
    make_checkpoint_states_relative,
    workspace_of,
)
from trainwright.lineage import ExecutionRecord, ExecutionState, LineageStore, PropertyValue
from trainwright.lineage.caching import runs_in_cache

__all__ = ["RESUMED_FROM", "RESUMED_STEP", "TakenOver", "newest_step", "take_over"]

RESUMED_FROM, RESUMED_STEP = "resumed_from", "resumed_step"
"""Properties of runs: the run that they go on from, and the step of its last checkpoint."""
_NAMED = re.compile(r'^model_checkpoint_path: "(?:.*/)?[^"/]*-(\d+)"$', re.MULTILINE)
_HALF = (".*.tmp", "*_temp", "temp-*", ".staging-*")
"""Names of what was being written when the process died."""


@dataclass(frozen=True)
class TakenOver:
    """What a run goes on from.

    Attributes:
        execution_id: the earlier run.
        step: the global step of its newest checkpoint, None where that is unknown.
    """

    execution_id: int
    step: int | None

    def properties(self) -> dict[str, PropertyValue]:
        """What is recorded of it."""
        found: dict[str, PropertyValue] = {RESUMED_FROM: self.execution_id}
        return found if self.step is None else found | {RESUMED_STEP: self.step}


def take_over(
    store: LineageStore, key: str, workspace: Workspace, outputs: Iterable[str]
) -> TakenOver | None:
    """Moves the checkpoints of the same run, as it was tried before, to where this one writes.

    What else earlier tries left is removed: published outputs that were never recorded, because
    the process died between the two.

    Args:
        store: the database.
        key: equal for runs that are the same.
        workspace: the directories of the run that goes on, which have been made.
        outputs: the keys of the outputs.

    Returns:
        None where there is nothing to go on from.
    """
    earlier = []
    for record in runs_in_cache(store, key):
        if record.state is ExecutionState.COMPLETE:
            break
        if record.state in ENDED_BADLY and WORKSPACE in record.properties:
            earlier.append(record)
    keys = tuple(outputs)
    found = next(filter(None, (_take(record, workspace, keys) for record in earlier)), None)
    for record in earlier:
        _remove_published(record, workspace, keys, found is not None)
    return found


def _take(record: ExecutionRecord, workspace: Workspace, keys: tuple[str, ...]) -> TakenOver | None:
    place = remains(record)
    if place is None or not workspace.is_beside(place):
        return None
    make_checkpoint_states_relative(place)
    step = newest_step(place)
    try:
        place.rename(workspace.working(KEPT_KEY))
    except FileNotFoundError:
        return None  # another run was faster
    sync_directory(workspace.directory)
    _remove_halves(workspace.working(KEPT_KEY))
    left = workspace_of(record, keys)
    if left is not None:
        left.clear()
    return TakenOver(record.id, step)


def _remove_published(
    record: ExecutionRecord, workspace: Workspace, keys: tuple[str, ...], resumed: bool
) -> None:
    """Removes outputs that appeared and were never recorded; only where the run is gone on with."""
    left = workspace_of(record, keys)
    if not resumed or left is None:
        return
    for key in keys:
        place = left.published(key)
        if place.is_dir() and not place.is_symlink() and workspace.is_beside(place):
            try:
                shutil.rmtree(place)
            except OSError as error:
                announce.on_warning(f"{error.filename} could not be removed: {error.strerror}.")


def newest_step(folder: Path) -> int | None:
    """The global step of the newest checkpoint below a directory, None where there is none."""
    steps = []
    for state in folder.rglob("checkpoint"):
        if state.is_file():
            steps += [int(step) for step in _NAMED.findall(state.read_text(errors="replace"))]
    return max(steps, default=None)


def _remove_halves(folder: Path) -> None:
    for pattern in _HALF:
        for path in list(folder.rglob(pattern)):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
