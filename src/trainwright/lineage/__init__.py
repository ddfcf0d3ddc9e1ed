"""The lineage of models: an ML Metadata database, written and read without ml-metadata.

:class:`LineageStore` records runs; the functions of ``queries`` read them back.
"""

from trainwright.lineage.location import METADATA_FILE
from trainwright.lineage.queries import LATEST, count_runs, find_run, get_run, list_runs
from trainwright.lineage.records import (
    ArtifactRecord,
    ArtifactState,
    ErrorRecord,
    EventKind,
    EventRecord,
    ExecutionRecord,
    ExecutionState,
    PropertyType,
    PropertyValue,
    RunContexts,
    RunRecord,
    TypeKind,
    TypeSpec,
)
from trainwright.lineage.store import LineageStore

__all__ = [
    "LATEST",
    "METADATA_FILE",
    "ArtifactRecord",
    "ArtifactState",
    "ErrorRecord",
    "EventKind",
    "EventRecord",
    "ExecutionRecord",
    "ExecutionState",
    "LineageStore",
    "PropertyType",
    "PropertyValue",
    "RunContexts",
    "RunRecord",
    "TypeKind",
    "TypeSpec",
    "count_runs",
    "find_run",
    "get_run",
    "list_runs",
]
