"""What runs have left on disk that nobody needs: found.

Only directories are considered that the database knows a run to have made: named by the run's
number, below its output root, in the places where runs write. Whatever else lies there stays.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from trainwright.launcher.dead_runs import is_dead
from trainwright.launcher.processes import ProcessIdentity
from trainwright.launcher.resuming import ENDED_BADLY, kept_directory
from trainwright.launcher.workspace import (
    WORKING,
    WORKSPACE,
    Workspace,
    is_node_name,
    workspace_of,
)
from trainwright.lineage import ArtifactRecord, ExecutionRecord, ExecutionState, LineageStore
from trainwright.lineage.caching import runs_in_cache
from trainwright.lineage.collecting import (
    cache_keys,
    latest_outputs,
    newest_execution,
    output_roots,
    outputs_by_run,
    runs_by_id,
    used_artifacts,
)

__all__ = ["OUTPUT_KEYS", "Garbage", "Limits", "find_garbage", "find_leftovers"]

OUTPUT_KEYS = ("model", "model_run")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_SEEN_BEFORE = ("LIVE", "MARKED_FOR_DELETION")


@dataclass(frozen=True)
class Limits:
    """What is to stay.

    Attributes:
        outputs: of each node, the outputs of so many of the newest successful runs; None: all.
        checkpoints: of runs that are the same and did not succeed, the checkpoints of so many.
        root: look only below this output root; None: wherever runs have written to.
    """

    outputs: int | None = None
    checkpoints: int = 1
    root: Path | None = None


@dataclass(frozen=True)
class Garbage:
    """Something to remove.

    Attributes:
        kind: ``working``, ``checkpoints``, ``abandoned`` or ``outputs``.
        run: the run that made it.
        paths: directories of it.
        why: why nobody needs it, for people.
        artifacts: the recorded artifacts that these are.
        newest: the newest run that was known when this was decided.
    """

    kind: str
    run: ExecutionRecord
    paths: list[Path]
    why: str
    artifacts: list[ArtifactRecord] = field(default_factory=list)
    newest: int = 0

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(_size(path) for path in self.paths)


@dataclass
class _Places:
    """What is on disk of one run."""

    workspace: Workspace
    working: bool = False
    published: list[str] = field(default_factory=list)


def find_garbage(store: LineageStore, limits: Limits) -> list[Garbage]:
    """Finds what can be removed, oldest run first; nothing is changed.

    Args:
        store: the database.
        limits: what is to stay.
    """
    newest = newest_execution(store)
    found = _on_disk(store, limits.root)
    runs = {run.id: run for run, _ in found}
    garbage: list[Garbage] = []
    kept: list[ExecutionRecord] = []
    for run, places in found:
        garbage += _leftovers(run, places)
        if kept_directory(run) is not None:
            kept.append(run)
    garbage += _checkpoints(store, kept, limits.checkpoints)
    complete = [pair for pair in found if pair[0].state is ExecutionState.COMPLETE]
    garbage += _outputs(store, complete, limits.outputs, newest)
    order = {run: index for index, run in enumerate(sorted(runs))}
    return sorted(garbage, key=lambda item: order[item.run.id])


def find_leftovers(
    store: LineageStore, root: Path, node: str, here: ProcessIdentity
) -> list[Garbage]:
    """What runs of a node were still to remove when their processes died; but no checkpoints.

    Args:
        store: the database.
        root: the output root.
        node: the node's id.
        here: this process.
    """
    folder = root / node / WORKING
    numbers = [int(one.name) for one in _directories(folder) if _NUMBER.fullmatch(one.name)]
    found: list[Garbage] = []
    for run in runs_by_id(store, numbers).values() if numbers else ():
        workspace = workspace_of(run)
        ended = run.state in (*ENDED_BADLY, ExecutionState.COMPLETE) and is_dead(run, here)
        if ended and workspace and workspace.directory.parent == folder and _made_by(run):
            found += _leftovers(run, _Places(workspace, working=True))
    return found


def _on_disk(store: LineageStore, only: Path | None) -> list[tuple[ExecutionRecord, _Places]]:
    """The runs of which something is on disk, that made it, and that have ended."""
    here = ProcessIdentity.here()
    candidates: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for root in output_roots(store):
        if only is None or os.path.realpath(root) == os.path.realpath(only):
            for node, number in _numbered(root):
                candidates[number].append((root, node))
    found = []
    for id, run in runs_by_id(store, candidates).items():
        place = (str(run.properties.get("output_root")), run.contexts.node)
        ended = run.state in (*ENDED_BADLY, ExecutionState.COMPLETE)
        dead = run.state is ExecutionState.RUNNING and is_dead(run, here)
        workspace = workspace_of(run, OUTPUT_KEYS)
        if place in candidates[id] and (ended or dead) and workspace and _made_by(run):
            found.append((run, _places(workspace)))
    return sorted(found, key=lambda pair: pair[0].id)


def _made_by(run: ExecutionRecord) -> bool:
    """Whether the run itself has made the directories of its number."""
    return run.properties.get(WORKSPACE) == 1


def _numbered(root: str) -> Iterator[tuple[str, int]]:
    """Node and number of all that may be a run's, below an output root."""
    for node in _directories(Path(root)):
        if is_node_name(node.name):
            for key in (WORKING, *OUTPUT_KEYS):
                for entry in _directories(node / key):
                    if _NUMBER.fullmatch(entry.name):
                        yield node.name, int(entry.name)


def _directories(folder: Path) -> list[Path]:
    """The directories in a directory, without symbolic links."""
    if folder.is_symlink() and folder.name in (WORKING, *OUTPUT_KEYS):
        return []
    try:
        with os.scandir(folder) as entries:
            return [Path(one.path) for one in entries if one.is_dir(follow_symlinks=False)]
    except OSError:
        return []  # absent, or not ours to read


def _places(workspace: Workspace) -> _Places:
    published = [
        key
        for key in OUTPUT_KEYS
        if _is_own_directory(workspace.published(key))
        and not workspace.published(key).parent.is_symlink()
    ]
    return _Places(workspace, _is_own_directory(workspace.directory), published)


def _is_own_directory(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _leftovers(run: ExecutionRecord, places: _Places) -> Iterator[Garbage]:
    """Working directories of runs that have ended, and outputs that were never recorded."""
    workspace = places.workspace
    died = run.state is ExecutionState.RUNNING
    kept = workspace.checkpoints() if died else kept_directory(run)
    if places.working:
        folder = workspace.directory
        entries = [one for one in sorted(folder.iterdir()) if one != kept] if kept else [folder]
        why = "its process died" if died else f"left by a run that is {run.state.name}"
        if entries:
            yield Garbage("working", run, entries, why)
    if run.state in ENDED_BADLY and places.published:
        paths = [workspace.published(key) for key in places.published]
        yield Garbage("abandoned", run, paths, f"run is {run.state.name}")


def _checkpoints(
    store: LineageStore, runs: Iterable[ExecutionRecord], count: int
) -> Iterator[Garbage]:
    """Checkpoints beyond the newest of each key, or of what has been completed since."""
    groups: dict[str, list[ExecutionRecord]] = defaultdict(list)
    keys = cache_keys(store, [run.id for run in runs])
    for run in sorted(runs, key=lambda run: -run.id):
        groups[keys.get(run.id, f"run {run.id}")].append(run)
    for key, same in groups.items():
        others = runs_in_cache(store, key) if key in keys.values() else []
        done = [one.id for one in others if one.state is ExecutionState.COMPLETE]
        for index, run in enumerate(same):
            directory = kept_directory(run)
            if directory is None:
                continue
            if done and max(done) > run.id:
                why = f"run {max(done)} has completed the same"
            elif index >= count:
                why = f"run {same[0].id} is newer" if index else "no checkpoints are to be kept"
            else:
                continue
            yield Garbage("checkpoints", run, [directory], why)


def _outputs(
    store: LineageStore,
    complete: list[tuple[ExecutionRecord, _Places]],
    count: int | None,
    newest: int,
) -> Iterator[Garbage]:
    """Outputs of runs that are not among the newest, and that nobody depends on."""
    written = outputs_by_run(store, [run.id for run, _ in complete])
    used = used_artifacts(store, [one.id or 0 for group in written.values() for one in group])
    nodes = {_node(run) for run, _ in complete}
    recent = {node: latest_outputs(store, node, count or 0) for node in nodes}
    for run, places in complete:
        artifacts = _of_run(written.get(run.id, []), places)
        ids = {artifact.id for artifact in artifacts}
        marked = any(artifact.state.name == "MARKED_FOR_DELETION" for artifact in artifacts)
        old = count is not None and not ids & recent[_node(run)]
        if not artifacts or ids & used or not (marked or old):
            continue
        why = f"not among the newest {count}"
        why = "its removal was interrupted" if marked else why
        paths = [places.workspace.published(key) for key in places.published]
        yield Garbage("outputs", run, paths, why, artifacts, newest)


def _node(run: ExecutionRecord) -> str:
    return f"{run.contexts.pipeline}.{run.contexts.node}"


def _of_run(records: Iterable[ArtifactRecord], places: _Places) -> list[ArtifactRecord]:
    """The artifacts of a run that are where it publishes; none if one is somewhere else."""
    own = {str(places.workspace.published(key)) for key in OUTPUT_KEYS}
    found = [record for record in records if record.state.name in _SEEN_BEFORE]
    return found if all(record.uri in own for record in found) else []


def _size(path: Path) -> int:
    total = 0
    for folder, _, files in os.walk(path):
        for name in files:
            try:
                total += (Path(folder) / name).lstat().st_size
            except OSError:
                continue  # gone meanwhile
    return total
