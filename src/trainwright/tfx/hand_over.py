"""What an executor is asked to do, as plain values that another process can be told.

This module imports neither TFX nor TensorFlow.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from typing import Any

from trainwright import artifacts
from trainwright.artifacts import Artifact

__all__ = ["PYTHON", "Request", "as_request", "our_artifacts"]

PYTHON = "TRAINWRIGHT_PYTHON"
"""The environment variable with the Python that trains, where it is not the one TFX runs in."""

Request = dict[str, Any]
"""``kind``, ``inputs``, ``outputs``, ``exec_properties`` and ``context``; JSON throughout."""

_CONTEXT = ("beam_pipeline_args", "tmp_dir", "executor_output_uri", "stateful_working_dir")
_CUSTOM = ("payload_format", "file_format", "data_view_uri")
"""Custom properties of Examples that say how to read them."""


def as_request(
    kind: str, inputs: Any, outputs: Any, exec_properties: Mapping[str, Any], context: Any
) -> Request:
    """Describes a call of ``Do``.

    Args:
        kind: the name of our executor.
        inputs: key -> TFX's artifacts.
        outputs: key -> TFX's artifacts.
        exec_properties: the component's properties.
        context: TFX's executor context; it may be None.
    """
    return {
        "kind": kind,
        "inputs": {key: [_described(one) for one in group] for key, group in inputs.items()},
        "outputs": {key: [_described(one) for one in group] for key, group in outputs.items()},
        "exec_properties": {name: _plain(value) for name, value in exec_properties.items()},
        "context": _context(context),
    }


def _described(artifact: Any) -> dict[str, Any]:
    """An artifact: its type, where it is, its splits and how it is to be read."""
    described: dict[str, Any] = {"type": artifact.type_name, "uri": str(artifact.uri)}
    if artifact.type_name == artifacts.Examples.TYPE_NAME:
        described["split_names"] = str(getattr(artifact, "split_names", "") or "")
        custom = {name: _custom(artifact, name) for name in _CUSTOM}
        described["custom_properties"] = {name: value for name, value in custom.items() if value}
    return described


def _custom(artifact: Any, name: str) -> str:
    """A custom property as a string, empty where there is none."""
    with contextlib.suppress(AttributeError, KeyError):
        return str(artifact.get_string_custom_property(name) or "")
    return ""


def _plain(value: Any) -> Any:
    """A property as JSON knows it: TFX may hand on protocol buffers."""
    if hasattr(value, "DESCRIPTOR"):
        from google.protobuf import json_format

        return json_format.MessageToJson(value, preserving_proto_field_name=True)
    return value


def _context(context: Any) -> dict[str, Any]:
    """What our Context is to know of TFX's. Its own names for some changed over time."""
    told = {name: getattr(context, name, None) for name in _CONTEXT}
    told["unique_id"] = getattr(context, "unique_id", getattr(context, "_unique_id", None))
    if told["tmp_dir"] is None:
        told["tmp_dir"] = getattr(context, "_tmp_dir", None)
    return {name: value for name, value in told.items() if isinstance(value, (str, list)) and value}


def our_artifacts(
    described: Mapping[str, Iterable[Mapping[str, Any]]],
) -> dict[str, list[Artifact]]:
    """The inverse: key -> our artifacts. A type that we do not know becomes a plain Artifact."""
    return {key: [_ours(one) for one in group] for key, group in described.items()}


def _ours(described: Mapping[str, Any]) -> Artifact:
    kinds = {
        kind.TYPE_NAME: kind
        for kind in vars(artifacts).values()
        if isinstance(kind, type) and issubclass(kind, Artifact)
    }
    kind = kinds.get(described["type"], Artifact)
    artifact = kind(described["uri"], custom_properties=described.get("custom_properties"))
    if isinstance(artifact, artifacts.Examples) and described.get("split_names"):
        artifact.split_names = described["split_names"]
    return artifact
