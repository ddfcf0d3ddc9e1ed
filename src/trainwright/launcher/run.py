"""The life of one run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from trainwright.artifacts import Artifact, Model, ModelRun
from trainwright.errors import InvalidArgumentError, LineageError
from trainwright.events import announce, observing
from trainwright.launcher.dead_runs import fail_dead_runs
from trainwright.launcher.processes import ProcessIdentity
from trainwright.launcher.recorder import RunRecorder
from trainwright.launcher.request import LaunchRequest, LaunchResult
from trainwright.launcher.values import (
    absolute,
    artifact_records,
    error_properties,
    property_values,
    version_properties,
)
from trainwright.launcher.workspace import Workspace
from trainwright.lineage import (
    METADATA_FILE,
    LineageStore,
    PropertyValue,
    RunContexts,
    TypeSpec,
    get_run,
)

__all__ = ["launch"]

TRAINER_TYPE = TypeSpec("tfx.components.trainer.component.Trainer", parent="mlmd.Train")
_OUTPUTS = {"model_run": ModelRun, "model": Model}
"""Type of each output, in the order in which they appear."""


def launch(request: LaunchRequest) -> LaunchResult:
    """Runs an executor, and records it from beginning to end.

    Args:
        request: what to run, on what, and where to.

    Returns:
        The published outputs, and what was recorded.

    Raises:
        InvalidArgumentError: the output directory cannot be used.
        LineageError: the database cannot be used.
        BaseException: whatever the executor raises, after it has been recorded and what was
            written has been removed.
    """
    root = _local_directory(request.output_root)
    _check_names(request)
    request = replace(request, run_id=request.run_id or _utc_now())
    store = LineageStore.open(request.metadata or root / METADATA_FILE)
    here = ProcessIdentity.here()
    fail_dead_runs(store, here)
    execution_id = store.begin_execution(
        TRAINER_TYPE,
        RunContexts(request.pipeline, str(request.run_id), request.node),
        artifact_records(request.inputs),
        property_values(request.exec_properties) | _origin(request, here, root),
    )
    workspace = Workspace(root, request.node, execution_id, _OUTPUTS)
    recorder = RunRecorder()
    try:
        outputs = _execute(request, workspace, recorder, execution_id)
        workspace.publish()
        _complete(store, execution_id, workspace, recorder, outputs)
    except _NotRecordedError:
        raise
    except BaseException as error:
        _end_badly(store, execution_id, workspace, recorder, error)
        raise
    _tidy(workspace.clear)
    run = get_run(store, execution_id).execution
    return LaunchResult(execution_id, run.state, outputs, run.metrics, run.properties)


class _NotRecordedError(LineageError):
    """The outputs are there, but the database could not be told."""


def _execute(
    request: LaunchRequest, workspace: Workspace, recorder: RunRecorder, execution_id: int
) -> dict[str, list[Artifact]]:
    """Lets the executor write into the working directory."""
    workspace.create()
    outputs: dict[str, list[Artifact]] = {
        key: [type_(workspace.working(key))] for key, type_ in _OUTPUTS.items()
    }
    with observing(recorder):
        executor = request.executor_class(_context(request, workspace, execution_id))
        inputs = {key: list(artifacts) for key, artifacts in request.inputs.items()}
        executor.Do(inputs, {**outputs}, dict(request.exec_properties))
    return outputs


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


def _complete(
    store: LineageStore,
    execution_id: int,
    workspace: Workspace,
    recorder: RunRecorder,
    outputs: Mapping[str, list[Artifact]],
) -> None:
    """Records that the run has succeeded; the artifacts get their published URIs and ids."""
    for key, artifacts in outputs.items():
        for artifact in artifacts:
            artifact.uri = str(workspace.published(key))
    places = {name: workspace.published_path(path) for name, path in recorder.places().items()}
    properties = recorder.properties() | version_properties() | places
    try:
        ids = store.complete_execution(execution_id, artifact_records(outputs), properties)
    except LineageError as error:
        raise _NotRecordedError(
            f"The model is complete, in {workspace.published('model')}, but the run could not be "
            f"recorded: {error.message}",
            hint=error.hint,
        ) from error
    for key, artifacts in outputs.items():
        for artifact, artifact_id in zip(artifacts, ids[key], strict=True):
            artifact.id = artifact_id


def _end_badly(
    store: LineageStore,
    execution_id: int,
    workspace: Workspace,
    recorder: RunRecorder,
    error: BaseException,
) -> None:
    """Records why the run ended, and removes what it wrote; never raises an error of its own."""
    end = store.cancel_execution if isinstance(error, KeyboardInterrupt) else store.fail_execution
    properties = recorder.properties() | version_properties() | error_properties(error)
    try:
        was_running = end(execution_id, properties)
    except LineageError as problem:
        announce.on_warning(f"The end of run {execution_id} could not be recorded: {problem}")
        was_running = True
    # A run that had ended was recorded COMPLETE just before it was interrupted: its outputs stay.
    _tidy(workspace.remove if was_running else workspace.clear)


def _tidy(remove: Callable[[], None]) -> None:
    try:
        remove()
    except OSError as error:
        announce.on_warning(f"{error.filename} could not be removed: {error.strerror}.")


def _origin(request: LaunchRequest, here: ProcessIdentity, root: Path) -> dict[str, PropertyValue]:
    """Where a run comes from, and where it writes."""
    kind = request.executor_class
    return {
        "executor": f"{kind.__module__}.{kind.__qualname__}",
        "output_root": str(root),
        "process/directory": str(Path.cwd()),
        **here.properties(),
    }


def _local_directory(root: str | Path) -> Path:
    if "://" in str(root):
        raise InvalidArgumentError(
            f"The output root must be a local directory. Got {root} instead.",
            hint="Outputs appear by a rename, which remote file systems cannot do.",
        )
    return Path(absolute(str(root)))


def _check_names(request: LaunchRequest) -> None:
    if not request.pipeline:
        raise InvalidArgumentError("The pipeline needs a name. Got '' instead.")
    if not request.node or "/" in request.node or request.node.startswith("."):
        raise InvalidArgumentError(
            f"A node's id names a directory: not empty, without a slash, and not hidden. "
            f"Got {request.node!r} instead."
        )


def _utc_now() -> str:
    return datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")
