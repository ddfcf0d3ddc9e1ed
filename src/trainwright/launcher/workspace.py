"""Where a run writes, and how its outputs appear.

An executor writes to ``{root}/{node}/.working/{id}/{key}``. When it has succeeded, everything is
flushed to disk and each output takes its published name, ``{root}/{node}/{key}/{id}``, by one
rename; the model comes last. So whatever lies at a published name is complete, at any moment and
after any crash; the working directory, on the same file system, is the only place for halves.

What is written must survive the rename. SavedModels, event files and checkpoints refer to
their parts by relative names. The state file named ``checkpoint`` may hold absolute ones
(``tf.compat.v1.train.Saver`` writes them unless told otherwise); these are made relative.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from trainwright.data.atomic import sync_directory, sync_tree
from trainwright.errors import ExportError, InvalidArgumentError
from trainwright.lineage import ExecutionRecord

__all__ = [
    "KEPT",
    "KEPT_KEY",
    "WORKING",
    "WORKSPACE",
    "Workspace",
    "has_checkpoint",
    "is_node_name",
    "make_checkpoint_states_relative",
    "remove_working_directory",
    "workspace_of",
]

WORKING = ".working"
KEPT_KEY = "model_run"
"""The output that outlives a run which did not succeed, where there is a checkpoint in it."""
KEPT, WORKSPACE = "kept_checkpoints", "workspace"
"""Properties of runs: where checkpoints are kept, and that the run has made directories."""
_CHECKPOINTS = (".index", ".weights.h5", ".keras")


class Workspace:
    """The directories of one run.

    Args:
        root: the output root; an absolute path.
        node: the executor's place in the pipeline.
        execution_id: the run.
        keys: the keys of its outputs, in the order in which they are to appear.
    """

    def __init__(self, root: Path, node: str, execution_id: int, keys: Iterable[str]):
        self._node = root / node
        self._id = str(execution_id)
        self._keys = tuple(keys)
        self._appeared: list[Path] = []

    @property
    def directory(self) -> Path:
        """The working directory of the run."""
        return self._node / WORKING / self._id

    @property
    def temporary(self) -> Path:
        """A place for what is not an output."""
        return self.directory / "tmp"

    def working(self, key: str) -> Path:
        """Where an output is written."""
        return self.directory / key

    def published(self, key: str) -> Path:
        """Where an output appears."""
        return self._node / key / self._id

    def published_path(self, path: str) -> str:
        """What a path below the working directory becomes; other paths stay."""
        for key in self._keys:
            with contextlib.suppress(ValueError):
                return str(self.published(key) / Path(path).relative_to(self.working(key)))
        return path

    def is_beside(self, place: Path) -> bool:
        """Whether a directory lies below the same node of the same output root."""
        return place.is_relative_to(self._node)

    def create(self) -> None:
        """Makes the directories that the executor writes to.

        Raises:
            InvalidArgumentError: there already are outputs or a working directory of this number,
                or the directories cannot be made.
        """
        for taken in (self.directory, *map(self.published, self._keys)):
            if taken.exists():
                raise InvalidArgumentError(
                    f"{taken} is there already: it belongs to a run {self._id} of another "
                    "lineage database.",
                    hint="Use another output directory, or remove what is left of the old runs.",
                )
        try:
            for key in self._keys:
                self.working(key).mkdir(parents=True)
        except OSError as error:
            raise InvalidArgumentError(
                f"The output directory cannot be written to: {error.filename}: {error.strerror}."
            ) from error

    def publish(self) -> None:
        """Makes the outputs appear.

        Raises:
            ExportError: they cannot be written; a full disk, most often.
        """
        try:
            self._publish()
        except OSError as error:
            raise ExportError(
                f"The outputs could not be published: {error.strerror} ({error.filename}).",
                hint="Make room or correct the rights, and give the same command again: the "
                "checkpoints are kept.",
            ) from error

    def _publish(self) -> None:
        for key in self._keys:
            make_checkpoint_states_relative(self.working(key))
            sync_tree(self.working(key))
        for key in self._keys:
            place = self.published(key)
            place.parent.mkdir(parents=True, exist_ok=True)
            self.working(key).rename(place)
            self._appeared.append(place)
            sync_directory(place.parent)

    def clear(self) -> None:
        """Removes the working directory."""
        remove_working_directory(self.directory)

    def checkpoints(self) -> Path | None:
        """Where checkpoints will lie after :meth:`abandon`, None where there are none."""
        place = self.working(KEPT_KEY)
        appeared = self.published(KEPT_KEY)
        return place if has_checkpoint(appeared if appeared in self._appeared else place) else None

    def abandon(self) -> None:
        """Removes all that the run has written, but for checkpoints.

        These stay in the working directory, so that state files which name them by absolute
        paths remain right. Outputs that have appeared vanish again.
        """
        kept = self.checkpoints()
        for place in reversed(self._appeared):
            if kept and place == self.published(KEPT_KEY):
                place.rename(kept)
            else:
                shutil.rmtree(place)
        self._appeared = []
        if kept is None:
            self.clear()
            return
        for entry in sorted(self.directory.iterdir()):
            if entry != kept:
                _remove(entry)


def workspace_of(record: ExecutionRecord, keys: Iterable[str] = ()) -> Workspace | None:
    """The directories of a recorded run, None where the record does not name any safely.

    The record is taken as data, not as truth: its root must be an absolute path without ``..``,
    its node a single visible name, and nothing below the root a symbolic link.

    Args:
        record: the run.
        keys: the keys of its outputs.
    """
    root, node = record.properties.get("output_root"), record.contexts.node
    if not isinstance(root, str) or not os.path.isabs(root) or os.path.normpath(root) != root:  # noqa: PTH117
        return None
    if not is_node_name(node):
        return None
    workspace = Workspace(Path(root), node, record.id, keys)
    places = (Path(root) / node, workspace.directory.parent, workspace.directory)
    return None if any(place.is_symlink() for place in places) else workspace


def is_node_name(name: str) -> bool:
    """Whether a node's id is fit to name its directory: not empty, hidden, or several names."""
    return bool(name) and not name.startswith(".") and not set("/\0") & set(name)


def has_checkpoint(folder: Path) -> bool:
    """Whether there is a checkpoint somewhere in a directory; exported models are none."""
    for place, _, files in os.walk(folder):
        for name in files:
            if name == "checkpoint" or (
                name.endswith(_CHECKPOINTS) and Path(place).name != "variables"
            ):
                return True
    return False


def _remove(path: Path) -> None:
    """Removes a file or a directory; of a symbolic link, only the link."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def remove_working_directory(directory: Path) -> None:
    """Removes the working directory of a run, if it is one and is there."""
    while directory.parent.name == WORKING and directory.is_dir():
        # Not its parent, where another run may be about to begin; which may remove this one too.
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(directory)


def make_checkpoint_states_relative(root: Path) -> None:
    """Rewrites the ``checkpoint`` files that name checkpoints beside them by absolute paths."""
    for folder, _, files in os.walk(root):
        if "checkpoint" in files:
            path = Path(folder) / "checkpoint"
            state = path.read_bytes()
            relative = state.replace(b'"' + os.fsencode(folder) + b"/", b'"')
            if relative != state:
                path.write_bytes(relative)
