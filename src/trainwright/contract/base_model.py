"""Which model a run starts from: the ``base_model`` input, or the properties of the first TFX.

This module does not import TensorFlow.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trainwright.artifacts import serving_model_dir
from trainwright.errors import ArtifactError, InvalidArgumentError
from trainwright.notices import notify

__all__ = ["find_base_model", "newest_export"]


def find_base_model(
    base_model_uri: str | None,
    warm_starting: Any = None,
    warm_start_from: Any = None,
    *,
    is_run: bool = False,
) -> str | None:
    """The directory to warm start from.

    Args:
        base_model_uri: directory of the ``base_model`` artifact.
        warm_starting: whether to use ``warm_start_from``; a bool, 0 or 1, or either as a string.
        warm_start_from: a previous model's directory, or a checkpoint's prefix.
        is_run: whether the artifact is a ModelRun, whose checkpoint is wanted, rather than a Model.

    Returns:
        For a Model its SavedModel, or what else the artifact holds; for a ModelRun and for
        ``warm_start_from`` the directory of its checkpoint, whose optimizer slots come along, or
        its SavedModel. None where nothing is given.

    Raises:
        ArtifactError: nothing there to start from.
        InvalidArgumentError: the properties contradict each other or the artifact.
    """
    base = None if base_model_uri is None else _base_model_path(base_model_uri, is_run)
    origin = _warm_start_origin(warm_starting, warm_start_from)
    if origin is None:
        return None if base is None else str(base)
    if base_model_uri is not None and not _related(Path(base_model_uri), Path(origin)):
        raise InvalidArgumentError(
            f"The input base_model ({base_model_uri}) and the property warm_start_from "
            f"({origin}) name different models.",
            hint="Give one of them.",
        )
    return str(_warm_start_path(Path(origin)))


def _base_model_path(uri: str, is_run: bool) -> Path:
    """What there is to load in a Model artifact: the newest export of an Estimator, or all."""
    root = serving_model_dir(uri)
    if not root.is_dir():
        root = Path(uri)  # a bare SavedModel or checkpoint directory
    if not root.is_dir() or not any(root.iterdir()):
        raise ArtifactError(f"The base_model at {uri} holds no model.")
    if _is_saved_model(root) or (is_run and _has_checkpoint(root)):
        return root
    return newest_export(root / "export") or root


def _warm_start_origin(warm_starting: Any, warm_start_from: Any) -> str | None:
    """The properties' directory, None where they ask for no warm start."""
    wanted = _as_bool(warm_starting) if warm_starting not in (None, "") else bool(warm_start_from)
    if wanted and not warm_start_from:
        raise InvalidArgumentError(
            "warm_starting is set, but warm_start_from does not say which model to start from."
        )
    if warm_start_from and not wanted:
        notify(f"warm_start_from ({warm_start_from}) is not used, since warm_starting is off.")
    return str(warm_start_from) if wanted else None


def _as_bool(value: Any) -> bool:
    known = {"true": True, "1": True, "false": False, "0": False}
    if str(value).lower() not in known:
        raise InvalidArgumentError(f"warm_starting must be true or false. Got {value!r} instead.")
    return known[str(value).lower()]


def _warm_start_path(origin: Path) -> Path:
    """The checkpoint or SavedModel of a previous model's directory."""
    if origin.with_name(origin.name + ".index").is_file():
        return origin
    if not origin.is_dir():
        raise ArtifactError(f"There is no directory {str(origin)!r}, named by warm_start_from.")
    for folder in (origin, serving_model_dir(origin)):
        if _has_checkpoint(folder) or _is_saved_model(folder):
            return folder
        export = newest_export(folder / "export")
        if export:
            return export
    raise ArtifactError(
        f"There is nothing to warm start from at {origin}: neither a checkpoint nor a SavedModel."
    )


def _related(one: Path, two: Path) -> bool:
    """Whether two paths are the same, or one lies in the other."""
    one, two = one.resolve(), two.resolve()
    return one.is_relative_to(two) or two.is_relative_to(one)


def _has_checkpoint(folder: Path) -> bool:
    return (folder / "checkpoint").is_file() or any(folder.glob("*.index"))


def _is_saved_model(folder: Path) -> bool:
    return any((folder / name).is_file() for name in ("saved_model.pb", "saved_model.pbtxt"))


def newest_export(folder: Path) -> Path | None:
    """The newest export below a directory of exports.

    Args:
        folder: an exporter's directory of timestamped exports, or one of such directories.

    Returns:
        The SavedModel of the greatest timestamp, None where there is none.
    """
    candidates = [*folder.glob("*/"), *folder.glob("*/*/")]
    exports = [path for path in candidates if path.name.isdecimal() and _is_saved_model(path)]
    return max(exports, key=lambda path: int(path.name), default=None)
