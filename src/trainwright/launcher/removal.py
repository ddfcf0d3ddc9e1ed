"""Removing what was found to be garbage, and nothing else."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

from trainwright.errors import LineageError
from trainwright.events import announce
from trainwright.launcher.garbage import Garbage, find_leftovers
from trainwright.launcher.processes import ProcessIdentity
from trainwright.launcher.workspace import KEPT, workspace_of
from trainwright.lineage import LineageStore
from trainwright.lineage.caching import add_properties
from trainwright.lineage.collecting import claim_artifacts, finish_artifacts

__all__ = ["remove_garbage", "remove_leftovers"]


def remove_leftovers(store: LineageStore, root: Path, node: str, here: ProcessIdentity) -> None:
    """Removes what runs of a node were still to remove when their processes died.

    Args:
        store: the database.
        root: the output root.
        node: the node's id.
        here: this process.
    """
    for garbage in find_leftovers(store, root, node, here):
        problem = remove_garbage(store, garbage)
        if problem and any(path.exists() for path in garbage.paths):  # else others were faster
            announce.on_warning(f"Left by run {garbage.run.id}, and not removed: {problem}.")


def remove_garbage(store: LineageStore, garbage: Garbage) -> str:
    """Removes it.

    Outputs are marked in the database first, so that no run can reuse them any more. They leave
    their published names by one rename each: nobody sees half of one.

    Args:
        store: the database.
        garbage: what to remove.

    Returns:
        Why it is still there, empty where it is gone.
    """
    ids = [artifact.id for artifact in garbage.artifacts if artifact.id is not None]
    if ids and not claim_artifacts(store, ids, garbage.newest):
        return "another run has come to depend on it"
    try:
        for path in garbage.paths:
            _remove(garbage, path)
        _remove_empty_working_directory(garbage)
    except OSError as error:
        return f"{error.filename}: {error.strerror}"
    except LineageError as error:
        return error.message
    if ids:
        finish_artifacts(store, ids)
    if garbage.kind == "checkpoints":
        add_properties(store, garbage.run.id, {KEPT: "removed"})
    return ""


def _remove(garbage: Garbage, path: Path) -> None:
    workspace = workspace_of(garbage.run)
    if workspace is None:
        raise LineageError(f"The record of run {garbage.run.id} names no safe output directory.")
    root = Path(str(garbage.run.properties["output_root"]))
    _check_way(root, path)
    if path.is_relative_to(workspace.directory):
        _delete(path)
        return
    workspace.directory.mkdir(parents=True, exist_ok=True)
    aside = workspace.working(path.parent.name)
    if aside.exists():
        _delete(aside)  # from an earlier attempt
    path.rename(aside)
    _delete(aside)


def _check_way(root: Path, path: Path) -> None:
    """Makes sure that a path leads below the root without a symbolic link on the way.

    Raises:
        LineageError: it does not.
    """
    if not path.is_relative_to(root) or ".." in path.parts:
        raise LineageError(f"{path} is not below {root}: left alone.")
    place = root
    for part in path.relative_to(root).parts:
        place = place / part
        if stat.S_ISLNK(place.lstat().st_mode):
            raise LineageError(f"{place} is a symbolic link: left alone.")


def _delete(path: Path) -> None:
    """Removes a tree; of the symbolic links in it, only the links."""
    if stat.S_ISDIR(path.lstat().st_mode):
        shutil.rmtree(path)
    else:
        path.unlink()


def _remove_empty_working_directory(garbage: Garbage) -> None:
    workspace = workspace_of(garbage.run)
    if workspace and workspace.directory.is_dir() and not os.listdir(workspace.directory):  # noqa: PTH208
        workspace.directory.rmdir()
