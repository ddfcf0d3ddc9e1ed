"""Executors' values, artifacts and errors, as a lineage database keeps them."""

from __future__ import annotations

import json
import os
import platform
import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import Any

from trainwright.artifacts import Artifact, Examples, encode_split_names
from trainwright.errors import TrainwrightError
from trainwright.lineage import ArtifactRecord, PropertyType, PropertyValue, TypeSpec
from trainwright.version import __version__

__all__ = [
    "absolute",
    "artifact_record",
    "artifact_records",
    "as_property",
    "error_properties",
    "plain_text",
    "property_values",
    "version_properties",
]

_PROPERTY_TYPES = {int: PropertyType.INT, float: PropertyType.DOUBLE, str: PropertyType.STRING}
_LONGEST_TRACEBACK = 50_000
"""Characters; TensorFlow's can be far longer, and it is the end that tells."""

_NO_MESSAGE = {
    "KeyboardInterrupt": "Somebody stopped it (SIGINT).",
    "Terminated": "Somebody stopped it (SIGTERM).",
}


def as_property(value: Any) -> PropertyValue:
    """A value as a property: numbers and strings as they are, mappings and lists as JSON.

    Example:
        >>> as_property({"num_steps": 20}), as_property(3)
        ('{"num_steps": 20}', 3)
    """
    if isinstance(value, (bool, int, float, str, bytes)):
        return value
    if hasattr(value, "DESCRIPTOR"):
        from google.protobuf import json_format

        return str(json_format.MessageToJson(value, preserving_proto_field_name=True, indent=None))
    if isinstance(value, (Mapping, list, tuple)):
        try:
            return json.dumps(dict(value) if isinstance(value, Mapping) else value, default=str)
        except (TypeError, ValueError):
            return str(value)  # keys that JSON does not know, or a value that holds itself
    return str(value)


def property_values(properties: Mapping[str, Any]) -> dict[str, PropertyValue]:
    """An executor's properties, without those that are None."""
    return {name: as_property(value) for name, value in properties.items() if value is not None}


def plain_text(text: str) -> str:
    r"""Text without effect on a terminal: control and invisible characters are spelled out.

    Example:
        >>> plain_text("red \x1b[31m")
        'red \\x1b[31m'
    """
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text
    )


def absolute(uri: str) -> str:
    """A path as an absolute one without ``..``, its symbolic links kept; a URL as it is.

    Example:
        >>> absolute("/data/taxi/../penguin/"), absolute("gs://bucket/data")
        ('/data/penguin', 'gs://bucket/data')
    """
    return uri if "://" in uri else os.path.abspath(uri)  # noqa: PTH100 - resolve() follows links


def artifact_record(artifact: Artifact) -> ArtifactRecord:
    """An artifact to record; a relative URI becomes an absolute path."""
    return ArtifactRecord(
        type=TypeSpec(
            artifact.TYPE_NAME,
            artifact.BASE_TYPE,
            {name: _PROPERTY_TYPES[type_] for name, type_ in artifact.PROPERTIES.items()},
        ),
        uri=absolute(artifact.uri),
        properties=_declared_properties(artifact),
        custom_properties=property_values(artifact.custom_properties),
        id=artifact.id,
    )


def _declared_properties(artifact: Artifact) -> dict[str, PropertyValue]:
    """Its properties; Examples without declared splits get those that are on disk."""
    found = dict(artifact.properties)
    if isinstance(artifact, Examples) and not artifact.split_names and artifact.splits:
        found["split_names"] = encode_split_names(artifact.splits)
    return found


def artifact_records(
    artifacts: Mapping[str, Sequence[Artifact]],
) -> dict[str, list[ArtifactRecord]]:
    """Artifacts to record, by key."""
    return {key: [artifact_record(item) for item in group] for key, group in artifacts.items()}


def error_properties(error: BaseException) -> dict[str, PropertyValue]:
    """What is recorded of the error that ended a run."""
    found: dict[str, PropertyValue] = {
        "error_type": _type_name(error),
        "error_message": str(error) or _NO_MESSAGE.get(type(error).__name__, "no message"),
    }
    if isinstance(error, TrainwrightError):
        found["error_message"] = error.message
        if error.hint:
            found["error_hint"] = error.hint
    if isinstance(error, Exception):
        text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        found["error_traceback"] = text[-_LONGEST_TRACEBACK:]
    return found


def version_properties() -> dict[str, PropertyValue]:
    """Versions of what did the work; that of TensorFlow only where it was used."""
    found: dict[str, PropertyValue] = {
        "version/trainwright": __version__,
        "version/python": platform.python_version(),
    }
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is not None:
        found["version/tensorflow"] = str(getattr(tensorflow, "__version__", "unknown"))
    return found


def _type_name(error: BaseException) -> str:
    """The error's class; its module too where the name alone could mean another."""
    kind = type(error)
    if kind.__module__.partition(".")[0] in ("builtins", "trainwright"):
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"
