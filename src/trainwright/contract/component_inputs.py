"""What may be given to a component as its inputs: artifacts, lists of them, channels.

This module does not import TensorFlow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from trainwright.artifacts import (
    Artifact,
    Examples,
    ExampleStatistics,
    HyperParameters,
    Model,
    ModelRun,
    Schema,
    TransformGraph,
)
from trainwright.contract.inputs import FORMAT_PROPERTIES
from trainwright.errors import InvalidArgumentError

__all__ = ["INPUT_TYPES", "ArtifactList", "given_artifacts", "taken_artifacts"]

INPUT_TYPES: dict[str, tuple[type[Artifact], ...]] = {
    "examples": (Examples,),
    "transform_graph": (TransformGraph,),
    "schema": (Schema,),
    "base_model": (Model, ModelRun),
    "hyperparameters": (HyperParameters,),
    "statistics": (ExampleStatistics,),
}
"""By input key, the types of artifacts that it takes."""


class ArtifactList(list[Artifact]):
    """The artifacts of an input, which also knows the type that it takes.

    Args:
        key: one of :data:`INPUT_TYPES`.
        artifacts: the artifacts.
    """

    def __init__(self, key: str, artifacts: Iterable[Artifact]):
        super().__init__(artifacts)
        self.type_name = INPUT_TYPES[key][0].TYPE_NAME


def given_artifacts(key: str, value: Any) -> Any:
    """Checks what a component was given as an input.

    Args:
        key: one of :data:`INPUT_TYPES`.
        value: an artifact, a list of artifacts, or an object whose ``get()`` returns them.

    Returns:
        A list of artifacts; an object with ``get()`` as it is.

    Raises:
        InvalidArgumentError: the value is none of these, or an artifact is of another type.
    """
    return value if _is_channel(value) else _as_artifacts(key, value)


def taken_artifacts(key: str, value: Any) -> ArtifactList:
    """The artifacts of what :func:`given_artifacts` returned.

    Raises:
        InvalidArgumentError: ``get()`` returned something else than artifacts of the right type.
    """
    return _as_artifacts(key, value.get() if _is_channel(value) else value)


def _is_channel(value: Any) -> bool:
    return callable(getattr(value, "get", None)) and not isinstance(value, Mapping)


def _as_artifacts(key: str, value: Any) -> ArtifactList:
    if hasattr(value, "uri"):
        return ArtifactList(key, [_own(key, value)])
    if not isinstance(value, Iterable) or isinstance(value, str | bytes | Path | Mapping):
        raise _wrong(key, value)
    return ArtifactList(key, [_own(key, item) for item in value])


def _own(key: str, artifact: Any) -> Artifact:
    """The artifact itself, or one of ours with the contents of a foreign one (TFX's)."""
    accepted = INPUT_TYPES[key]
    if isinstance(artifact, accepted):
        return artifact
    name = getattr(artifact, "type_name", None)
    types = {kind.TYPE_NAME: kind for kind in accepted}
    if isinstance(artifact, Artifact) or not hasattr(artifact, "uri") or name not in types:
        raise _wrong(key, artifact)
    copied = types[name](artifact.uri, id=getattr(artifact, "id", None) or None)
    if isinstance(copied, Examples):
        if getattr(artifact, "split_names", ""):
            copied.split_names = artifact.split_names
        for text in FORMAT_PROPERTIES:
            if found := artifact.get_string_custom_property(text):
                copied.set_string_custom_property(text, found)
    return copied


def _wrong(key: str, value: Any) -> InvalidArgumentError:
    names = " or ".join(kind.TYPE_NAME for kind in INPUT_TYPES[key])
    first = INPUT_TYPES[key][0].TYPE_NAME
    hint = f"A directory is given as {first}({str(value)!r})."
    return InvalidArgumentError(
        f"{key!r} must be an artifact of type {names}, a list of them, or an object whose get() "
        f"returns them. Got {value!r} instead.",
        hint=hint if isinstance(value, str | Path) else None,
    )
