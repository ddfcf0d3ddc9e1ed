"""What the rows of a lineage database mean, as plain values.

The numbers of the enumerations are those of ML Metadata's protocol buffers. Times are
milliseconds since 1970 (UTC).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, Union

__all__ = [
    "SCHEMA_VERSION",
    "ArtifactRecord",
    "ArtifactState",
    "ErrorRecord",
    "EventKind",
    "EventRecord",
    "ExecutionRecord",
    "ExecutionState",
    "PropertyType",
    "PropertyValue",
    "RunContexts",
    "RunRecord",
    "TypeKind",
    "TypeSpec",
]

SCHEMA_VERSION = 10
"""The only layout that is read and written: that of ML Metadata 1.15 to 1.17."""

PropertyValue = Union[bool, int, float, str, bytes]  # noqa: UP007 - evaluated on Python 3.10

METRIC_PREFIX = "metric/"


_OpenT = TypeVar("_OpenT", bound="_Open")


class _Open(enum.IntEnum):
    """An enumeration that may hold numbers not known here: they read as UNKNOWN, which is 0."""

    @classmethod
    def of(cls: type[_OpenT], number: int | None) -> _OpenT:
        """The member with this number; UNKNOWN for NULL and for numbers that are not known."""
        try:
            return cls(number or 0)
        except ValueError:
            return cls(0)


class TypeKind(enum.IntEnum):
    """What a type is the type of."""

    EXECUTION = 0
    ARTIFACT = 1
    CONTEXT = 2


class PropertyType(enum.IntEnum):
    """The type of a declared property."""

    UNKNOWN = 0
    INT = 1
    DOUBLE = 2
    STRING = 3
    STRUCT = 4
    PROTO = 5
    BOOLEAN = 6


class EventKind(_Open):
    """How an execution touched an artifact."""

    UNKNOWN = 0
    DECLARED_OUTPUT = 1
    DECLARED_INPUT = 2
    INPUT = 3
    OUTPUT = 4
    INTERNAL_INPUT = 5
    INTERNAL_OUTPUT = 6
    PENDING_OUTPUT = 7


class ExecutionState(_Open):
    """The life of an execution."""

    UNKNOWN = 0
    NEW = 1
    RUNNING = 2
    COMPLETE = 3
    FAILED = 4
    CACHED = 5
    CANCELED = 6

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to the execution."""
        return self > ExecutionState.RUNNING


class ArtifactState(_Open):
    """The life of an artifact."""

    UNKNOWN = 0
    PENDING = 1
    LIVE = 2
    MARKED_FOR_DELETION = 3
    DELETED = 4
    ABANDONED = 5
    REFERENCE = 6


@dataclass(frozen=True)
class TypeSpec:
    """A type of artifacts or executions.

    Attributes:
        name: its name, such as ``Examples``.
        parent: the preseeded type that it specialises, such as ``mlmd.Dataset``.
        properties: type of each declared property, by name.
    """

    name: str
    parent: str | None = None
    properties: Mapping[str, PropertyType] = field(default_factory=dict)


@dataclass(frozen=True)
class ArtifactRecord:
    """An artifact, recorded or about to be.

    Attributes:
        type: its type; of a recorded artifact, without declared properties.
        uri: where it lies.
        properties: the values of declared properties.
        custom_properties: all others.
        id: its row; None before it is recorded.
        state: its state.
        created_ms: when it was recorded, 0 before that.
    """

    type: TypeSpec
    uri: str
    properties: Mapping[str, PropertyValue] = field(default_factory=dict)
    custom_properties: Mapping[str, PropertyValue] = field(default_factory=dict)
    id: int | None = None
    state: ArtifactState = ArtifactState.LIVE
    created_ms: int = 0


@dataclass(frozen=True)
class RunContexts:
    """The names that group an execution with others.

    Attributes:
        pipeline: the pipeline's name.
        run_id: the id of this run of the pipeline.
        node: the node's id within the pipeline, such as ``Trainer``.
    """

    pipeline: str
    run_id: str
    node: str


@dataclass(frozen=True)
class EventRecord:
    """One artifact's part in one execution, under one key of its inputs or outputs."""

    artifact_id: int
    execution_id: int
    kind: EventKind
    key: str
    index: int
    time_ms: int


@dataclass(frozen=True)
class ErrorRecord:
    """Why an execution failed."""

    type: str
    message: str
    hint: str
    traceback: str


@dataclass(frozen=True)
class ExecutionRecord:
    """An execution with its properties.

    Attributes:
        id: its row.
        name: a name that is unique among executions of its type.
        type_name: its type.
        state: its state now.
        contexts: pipeline, run and node; empty strings where it has none.
        created_ms: when it began.
        updated_ms: when its row last changed: when it ended, if it has.
        properties: declared and custom properties, by name.
    """

    id: int
    name: str
    type_name: str
    state: ExecutionState
    contexts: RunContexts
    created_ms: int
    updated_ms: int
    properties: Mapping[str, PropertyValue] = field(default_factory=dict)

    @property
    def metrics(self) -> dict[str, float]:
        """The final metrics: custom properties named ``metric/{name}``, without the prefix."""
        found = {}
        for name, value in self.properties.items():
            number = _as_number(value)
            if name.startswith(METRIC_PREFIX) and number is not None:
                found[name.removeprefix(METRIC_PREFIX)] = number
        return found

    @property
    def error(self) -> ErrorRecord | None:
        """What went wrong, None where nothing is recorded."""
        if "error_type" not in self.properties and "error_message" not in self.properties:
            return None
        type_, message, hint, traceback = (
            str(self.properties.get(f"error_{part}", ""))
            for part in ("type", "message", "hint", "traceback")
        )
        return ErrorRecord(type_, message, hint, traceback)

    @property
    def duration_seconds(self) -> float | None:
        """How long it took; None while it has not ended."""
        return (self.updated_ms - self.created_ms) / 1000 if self.state.is_over else None


@dataclass(frozen=True)
class RunRecord:
    """An execution with the artifacts that it read and wrote, by key and in order."""

    execution: ExecutionRecord
    inputs: Mapping[str, Sequence[ArtifactRecord]]
    outputs: Mapping[str, Sequence[ArtifactRecord]]


def _as_number(value: PropertyValue) -> float | None:
    """A metric's value; those that are not finite are kept as strings, see ``properties``."""
    if isinstance(value, str):
        return float(value) if value in ("nan", "inf", "-inf") else None
    if isinstance(value, (bool, bytes)):
        return None
    return float(value)
