"""A run's artifacts, with those on remote file systems replaced by local copies.

Inputs are copied before the run: of Examples the splits that are read, of other artifacts all.
Outputs are written locally and uploaded when the run has ended: the ``model_run`` first, so that
whoever finds a model finds what it came from, then the ``model``, its serving part last. A
``model_run`` that is there already is fetched first, and training goes on from it; it is uploaded
after a failure, too, since its checkpoints may be all there is. Whoever reads a remote artifact
sees what was there before the run until the upload.

This module does not import TensorFlow.
"""

from __future__ import annotations

import contextlib
import copy
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from trainwright.contract.fn_args import parse_step_args
from trainwright.errors import InvalidArgumentError, TrainwrightError
from trainwright.events import announce
from trainwright.remote.stage import Stage
from trainwright.remote.storage import is_remote, join, local_path, open_storage

__all__ = ["staged_inputs", "staged_outputs"]

ArtifactDict = dict[str, list[Any]]

_VIEW = "data_view_uri"
_MODEL_PARTS = ("Format-TFMA", "Format-Serving")
"""In the order in which they are uploaded."""


def staged_inputs(
    inputs: ArtifactDict, properties: Mapping[str, Any], stage: Stage
) -> tuple[ArtifactDict, dict[str, Any]]:
    """The inputs, and the properties with what ``warm_start_from`` names, on the local disk.

    Args:
        inputs: by today's keys.
        properties: the execution properties; they name the splits to copy.
        stage: holds the copies.

    Raises:
        ArtifactError: an input cannot be read.
        InvalidArgumentError: the splits to read are malformed, or there is no driver.
    """
    origin = str(properties.get("warm_start_from") or "")
    base = [str(artifact.uri) for artifact in inputs.get("base_model", [])]
    local_origin = ""
    if any(uri.startswith(f"{origin.rstrip('/')}/") for uri in base):
        local_origin = _origin(origin, stage)  # the base_model is then found in it
    local = {
        key: [_local(artifact, key, properties, stage) for artifact in artifacts]
        for key, artifacts in inputs.items()
    }
    local_origin = local_origin or _origin(origin, stage)
    changed = {"warm_start_from": local_origin} if local_origin != origin else {}
    return local, {**properties, **changed}


def _origin(origin: str, stage: Stage) -> str:
    """The local copy of a directory, or of the checkpoint with this prefix."""
    if is_remote(origin) and open_storage(origin).is_file(f"{origin}.index"):
        folder, _, name = origin.rpartition("/")
        return join(stage.directory(folder), name)
    return stage.directory(origin) if origin else ""


def _local(artifact: Any, key: str, properties: Mapping[str, Any], stage: Stage) -> Any:
    uri = str(artifact.uri)
    view = _view(artifact) if key == "examples" else ""
    if not any(is_remote(name) or local_path(name) != name for name in (uri, view)):
        return artifact
    wanted = _in_splits(properties) if key == "examples" else None
    copied = copy.deepcopy(artifact)
    copied.uri = stage.directory(uri, wanted)
    if view:
        copied.set_string_custom_property(_VIEW, stage.directory(view))
    return copied


def _view(artifact: Any) -> str:
    read = getattr(artifact, "get_string_custom_property", None)
    return str(read(_VIEW) or "") if read else ""


def _in_splits(properties: Mapping[str, Any]) -> Callable[[str], bool]:
    """Whether a file of an Examples artifact belongs to a split that is read."""
    names = [
        *parse_step_args("train_args", properties.get("train_args"), "train").splits,
        *parse_step_args("eval_args", properties.get("eval_args"), "eval").splits,
    ]
    folders = tuple(f"{prefix}{name}/" for name in names for prefix in ("Split-", ""))
    return lambda file: file.startswith(folders)


@contextlib.contextmanager
def staged_outputs(outputs: ArtifactDict, stage: Stage) -> Iterator[ArtifactDict]:
    """The outputs, to be written locally; those that are remote are uploaded at the end.

    Raises:
        ExportError: an output cannot be written.
        InvalidArgumentError: this process is one of a cluster, whose others could not see what
            it writes.
    """
    remote = {key: str(items[0].uri) for key, items in outputs.items() if is_remote(items[0].uri)}
    if remote:
        _check_alone(remote)
    local = {key: _local_output(key, items, stage) for key, items in outputs.items()}
    try:
        yield local
    except BaseException:
        if "model_run" in remote:
            _save_run(local["model_run"][0].uri, remote["model_run"], stage)
        raise
    for key in ("model_run", "model"):
        if key in remote:
            _upload(key, Path(local[key][0].uri), remote[key], stage)


def _local_output(key: str, artifacts: Sequence[Any], stage: Stage) -> list[Any]:
    uri = str(artifacts[0].uri)
    if not is_remote(uri) and local_path(uri) == uri:
        return list(artifacts)
    copied = copy.deepcopy(artifacts[0])
    if key == "model_run" or not is_remote(uri):
        copied.uri = stage.directory(uri)
    else:
        copied.uri = str(stage.folder(uri))
    return [copied]


def _upload(key: str, local: Path, uri: str, stage: Stage) -> None:
    if not local.is_dir() or not any(local.iterdir()):
        return  # a task that is not the chief
    announce.on_stage(f"uploading the {key} to {uri}")
    if key == "model_run":
        stage.upload(local, uri)
        return
    done: list[str] = []
    try:
        for part in _MODEL_PARTS:
            if (local / part).is_dir():
                stage.upload(local / part, join(uri, part))
                done.append(part)
    except BaseException:
        for part in done:
            stage.discard(join(uri, part))
        raise


def _save_run(local: str, uri: str, stage: Stage) -> None:
    """Uploads what a failed run has left; what goes wrong with that does not hide why it failed."""
    try:
        _upload("model_run", Path(local), uri, stage)
    except TrainwrightError as error:
        announce.on_warning(f"The checkpoints of the failed run are lost: {error}")


def _check_alone(remote: Mapping[str, str]) -> None:
    try:
        cluster = json.loads(os.environ.get("TF_CONFIG") or "{}").get("cluster") or {}
        tasks = sum(len(addresses) for addresses in cluster.values())
    except (ValueError, AttributeError, TypeError):
        return  # what is wrong with TF_CONFIG is for the estimator to tell
    if tasks > 1:
        key, uri = next(iter(remote.items()))
        raise InvalidArgumentError(
            f"In a cluster the output {key!r} must be a directory that all tasks share. "
            f"Got {uri} instead, which each would write to a copy of its own.",
            hint="Mount the file system (as with gcsfuse or s3fs), and give the mounted directory.",
        )
