"""The life of one run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from trainwright.artifacts import Artifact, Model, ModelRun
from trainwright.cycles import few_collections
from trainwright.errors import InvalidArgumentError, LineageError
from trainwright.events import announce, observing
from trainwright.launcher.caching import (
    UNUSABLE,
    WHY,
    decide,
    identity_properties,
    output_sizes,
    reuse,
    without_reuse,
)
from trainwright.launcher.dead_runs import fail_dead_runs
from trainwright.launcher.identify import Identified, identify, module_source
from trainwright.launcher.processes import ProcessIdentity
from trainwright.launcher.progress_log import ProgressLog
from trainwright.launcher.recorder import RunRecorder
from trainwright.launcher.removal import remove_leftovers
from trainwright.launcher.reporting import report_ending
from trainwright.launcher.repository import repository_properties
from trainwright.launcher.request import LaunchRequest, LaunchResult
from trainwright.launcher.taking_over import take_over
from trainwright.launcher.values import (
    absolute,
    artifact_records,
    error_properties,
    plain_text,
    property_values,
    version_properties,
)
from trainwright.launcher.workspace import KEPT, KEPT_KEY, WORKSPACE, Workspace, is_node_name
from trainwright.lineage import (
    METADATA_FILE,
    LineageStore,
    PropertyValue,
    RunContexts,
    TypeSpec,
    get_run,
)
from trainwright.lineage.caching import add_properties, join_cache
from trainwright.report.names import PROGRESS_FILE
from trainwright.stopping import shielded, stopped_by_signals

__all__ = ["launch"]

TRAINER_TYPE = TypeSpec("tfx.components.trainer.component.Trainer", parent="mlmd.Train")
_OUTPUTS = {"model_run": ModelRun, "model": Model}
"""Type of each output, in the order in which they appear."""


def launch(request: LaunchRequest) -> LaunchResult:
    """Runs an executor, and records it from beginning to end.

    Args:
        request: what to run, on what, and where to.

    Returns:
        The published outputs, and what was recorded. Where a complete run with the same inputs,
        properties and code is found, its outputs are returned at once, and the run is CACHED.

    Raises:
        InvalidArgumentError: the output directory cannot be used.
        LineageError: the database cannot be used.
        BaseException: whatever the executor raises, after it has been recorded and what was
            written has been removed.
    """
    root = _local_directory(request.output_root)
    _check_names(request)
    request = replace(request, run_id=request.run_id or _utc_now())
    with few_collections(), stopped_by_signals():
        return _launch(request, root)


def _launch(request: LaunchRequest, root: Path) -> LaunchResult:
    store = LineageStore.open(request.metadata or root / METADATA_FILE)
    here = ProcessIdentity.here()
    fail_dead_runs(store, here)
    remove_leftovers(store, root, request.node, here)
    identified = identify(request, root)
    decision = decide(store, identified, allowed=request.cache, short=request.allow_short)
    properties = _origin(request, here, root) | identity_properties(identified)
    reused = reuse(store, request, identified, decision, properties, TRAINER_TYPE)
    if reused is not None:
        return reused
    decision = without_reuse(decision)
    if decision.worth_telling:
        announce.on_note(plain_text(f"Not cached: {decision.why}."))
    execution_id = store.begin_execution(
        TRAINER_TYPE,
        RunContexts(request.pipeline, str(request.run_id), request.node),
        artifact_records(request.inputs),
        property_values(request.exec_properties) | properties | {WHY: decision.why},
    )
    run = _Run(store, execution_id, Workspace(root, request.node, execution_id, _OUTPUTS))
    try:
        run.create_workspace(identified)
        if not request.fresh:
            run.go_on(identified)
        outputs = _execute(request, run)
        with observing(run.recorder):
            properties = _final_properties(run)
            report_ending(store, execution_id, run.workspace, outputs, properties)
        run.workspace.publish()
        _complete(run, identified, outputs)
    except _NotRecordedError:
        raise
    except BaseException as error:
        with shielded():
            _end_badly(run, error)
        raise
    with shielded():
        _tidy(run.workspace.clear)
    recorded = get_run(store, execution_id).execution
    return LaunchResult(
        execution_id, recorded.state, outputs, recorded.metrics, recorded.properties
    )


@dataclass(frozen=True)
class _Run:
    """A run that has begun."""

    store: LineageStore
    execution_id: int
    workspace: Workspace
    recorder: RunRecorder = field(default_factory=RunRecorder)

    def create_workspace(self, identified: Identified) -> None:
        """Makes the directories, and records that they are this run's."""
        self.workspace.create()
        properties: dict[str, PropertyValue] = {WORKSPACE: 1}
        if identified.identity is None:
            add_properties(self.store, self.execution_id, properties)
        else:
            join_cache(self.store, self.execution_id, identified.identity.key, properties)

    def go_on(self, identified: Identified) -> None:
        """Takes over the checkpoints of the same run, where it did not succeed."""
        if identified.identity is None:
            return
        earlier = take_over(self.store, identified.identity.key, self.workspace, _OUTPUTS)
        if earlier is None:
            return
        add_properties(self.store, self.execution_id, earlier.properties())
        where = "its checkpoint" if earlier.step is None else f"step {earlier.step:,}"
        announce.on_note(
            f"Going on from run {earlier.execution_id}, at {where}. --fresh (fresh=True) starts "
            "over."
        )


class _NotRecordedError(LineageError):
    """The outputs are there, but the database could not be told."""


def _execute(request: LaunchRequest, run: _Run) -> dict[str, list[Artifact]]:
    """Lets the executor write into the working directory."""
    outputs: dict[str, list[Artifact]] = {
        key: [type_(run.workspace.working(key))] for key, type_ in _OUTPUTS.items()
    }
    log = ProgressLog(run.workspace.working(KEPT_KEY) / PROGRESS_FILE)
    with observing(run.recorder, log), _told_to_tensorboard(request):
        context = _context(request, run.workspace, run.execution_id)
        executor = request.executor_class(context)
        inputs = {key: list(artifacts) for key, artifacts in request.inputs.items()}
        executor.Do(inputs, {**outputs}, _properties(request))
    if log.problem:
        announce.on_warning(log.problem)
    return outputs


def _properties(request: LaunchRequest) -> dict[str, Any]:
    """What the executor is given; how strict to be is no part of what the run is."""
    short = {"allow_short": 1} if request.allow_short else {}
    return {**request.exec_properties, **short}


def _told_to_tensorboard(request: LaunchRequest) -> AbstractContextManager[None]:
    """While the block trains, its hyperparameters and its end are written for TensorBoard."""
    from trainwright.tracking.hparams_log import told_to_tensorboard

    named = [artifact.uri for artifact in request.inputs.get("hyperparameters", ())]
    return told_to_tensorboard(request.exec_properties, named[0] if named else None)


def _context(request: LaunchRequest, workspace: Workspace, execution_id: int) -> Any:
    """What the executor may know of the run, in its own class for that."""
    context_class = getattr(request.executor_class, "Context", None)
    if context_class is None:
        return None
    return context_class(
        tmp_dir=str(workspace.temporary),
        unique_id=str(execution_id),
        pipeline_run_id=request.run_id,
    )


def _complete(run: _Run, identified: Identified, outputs: Mapping[str, list[Artifact]]) -> None:
    """Records that the run has succeeded; the artifacts get their published URIs and ids."""
    published = {key: run.workspace.published(key) for key in outputs}
    for key, artifacts in outputs.items():
        for artifact in artifacts:
            artifact.uri = str(published[key])
    properties = _final_properties(run) | output_sizes(published) | _unusable(identified)
    properties |= run.recorder.short()
    try:
        ids = run.store.complete_execution(run.execution_id, artifact_records(outputs), properties)
    except LineageError as error:
        raise _NotRecordedError(
            f"The model is complete, in {published['model']}, but the run could not be "
            f"recorded: {error.message}",
            hint=error.hint,
        ) from error
    for key, artifacts in outputs.items():
        for artifact, artifact_id in zip(artifacts, ids[key], strict=True):
            artifact.id = artifact_id


def _final_properties(run: _Run) -> dict[str, PropertyValue]:
    """What is known of a run that has done its work, its paths as they will be."""
    places = {
        name: run.workspace.published_path(path) for name, path in run.recorder.places().items()
    }
    return run.recorder.properties() | version_properties() | places


def _unusable(identified: Identified) -> dict[str, PropertyValue]:
    """What keeps a run from being reused: it is unknown which contents of a file it has read."""
    changed = identified.changed()
    return {UNUSABLE: f"{', '.join(changed[:3])} changed while it ran"} if changed else {}


def _end_badly(run: _Run, error: BaseException) -> None:
    """Records why the run ended, and removes what it wrote; never raises an error of its own.

    Checkpoints stay, so that a run may be resumed.
    """
    canceled = isinstance(error, KeyboardInterrupt)
    end = run.store.cancel_execution if canceled else run.store.fail_execution
    properties = run.recorder.properties() | version_properties() | error_properties(error)
    kept = run.workspace.checkpoints()
    if kept is not None:
        properties[KEPT] = str(kept)
    try:
        was_running = end(run.execution_id, properties)
    except LineageError as problem:
        announce.on_warning(f"The end of run {run.execution_id} could not be recorded: {problem}")
        was_running = True
    # A run that had ended was recorded COMPLETE just before it was interrupted: its outputs stay.
    _tidy(run.workspace.abandon if was_running else run.workspace.clear)


def _tidy(remove: Callable[[], None]) -> None:
    try:
        remove()
    except OSError as error:
        announce.on_warning(f"{error.filename} could not be removed: {error.strerror}.")


def _origin(request: LaunchRequest, here: ProcessIdentity, root: Path) -> dict[str, PropertyValue]:
    """Where a run comes from, and where it writes."""
    kind = request.executor_class
    source = module_source(request.exec_properties)
    return {
        "executor": f"{kind.__module__}.{kind.__qualname__}",
        "output_root": str(root),
        "process/directory": str(Path.cwd()),
        **here.properties(),
        **(repository_properties(source[0]) if source else {}),
    }


def _local_directory(root: str | Path) -> Path:
    if "://" in str(root):
        raise InvalidArgumentError(
            f"The output root must be a local directory. Got {root} instead.",
            hint="Outputs appear by a rename, which remote file systems cannot do. Copy the "
            "finished run, or mount the file system.",
        )
    return Path(absolute(str(root)))


def _check_names(request: LaunchRequest) -> None:
    if not request.pipeline:
        raise InvalidArgumentError("The pipeline needs a name. Got '' instead.")
    if not is_node_name(request.node):
        raise InvalidArgumentError(
            f"A node's id names a directory: not empty, without a slash, and not hidden. "
            f"Got {request.node!r} instead."
        )


def _utc_now() -> str:
    return datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")
