"""What is left of runs that did not succeed, to go on from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from trainwright.launcher.identify import identify
from trainwright.launcher.request import LaunchRequest
from trainwright.launcher.values import absolute
from trainwright.launcher.workspace import (
    KEPT,
    KEPT_KEY,
    WORKSPACE,
    has_checkpoint,
    workspace_of,
)
from trainwright.lineage import METADATA_FILE, ExecutionRecord, ExecutionState, LineageStore
from trainwright.lineage.caching import runs_in_cache

__all__ = ["Resumable", "find_resumable", "kept_directory", "remains", "resumable"]

ENDED_BADLY = (ExecutionState.FAILED, ExecutionState.CANCELED)


@dataclass(frozen=True)
class Resumable:
    """The checkpoints of a run that failed, was stopped or was killed.

    Attributes:
        execution_id: the run.
        directory: its ``model_run``, as it was when the run ended.
        step: the global step that it had reached, None where nobody recorded it. The newest
            checkpoint may be older.
    """

    execution_id: int
    directory: Path
    step: int | None


def resumable(request: LaunchRequest) -> Resumable | None:
    """What the same run left behind when it was tried last.

    The same run is one of the same pipeline and node, with the same inputs, properties and
    code, that wrote into the same output directory.

    Args:
        request: the run that is to go on.

    Returns:
        None where there is no checkpoint, or where the run has been completed since.

    Raises:
        LineageError: the database cannot be used.
    """
    root = Path(absolute(str(request.output_root)))
    metadata = request.metadata or root / METADATA_FILE
    if request.metadata is None and not Path(metadata).exists():
        return None
    identity = identify(request, root).identity
    if identity is None:
        return None
    store = LineageStore.open(metadata, read_only=True)
    return find_resumable(runs_in_cache(store, identity.key), root)


def find_resumable(runs: Iterable[ExecutionRecord], root: Path) -> Resumable | None:
    """The newest of these runs that left a checkpoint below an output directory.

    Args:
        runs: runs that are the same, newest first.
        root: the output directory; an absolute path.
    """
    for record in runs:
        if record.state is ExecutionState.COMPLETE:
            return None
        directory = remains(record)
        if directory is not None and directory.is_relative_to(root):
            step = record.properties.get("final_step")
            return Resumable(record.id, directory, step if isinstance(step, int) else None)
    return None


def remains(record: ExecutionRecord) -> Path | None:
    """Where a run that ended badly has checkpoints; None where it has none.

    They may have their published name: where the process died before the run was recorded.
    """
    workspace = workspace_of(record) if WORKSPACE in record.properties else None
    published = None if workspace is None else workspace.published(KEPT_KEY)
    for directory in (kept_directory(record), published):
        if directory is not None and _is_real(directory) and has_checkpoint(directory):
            return directory if record.state in ENDED_BADLY else None
    return None


def _is_real(directory: Path) -> bool:
    return directory.is_dir() and not directory.is_symlink()


def kept_directory(record: ExecutionRecord) -> Path | None:
    """Where a run that ended badly keeps checkpoints; None where it keeps none."""
    if record.state not in ENDED_BADLY or KEPT not in record.properties:
        return None
    workspace = workspace_of(record)
    if workspace is None:
        return None
    directory = workspace.working(KEPT_KEY)
    return directory if directory.is_dir() and not directory.is_symlink() else None
