"""Prints what ML Metadata finds in a lineage database, as JSON.

Run it with a Python that has ml-metadata: ``python dump_database.py DATABASE``.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from ml_metadata.metadata_store import metadata_store  # type: ignore[import-not-found]
from ml_metadata.proto import metadata_store_pb2 as proto  # type: ignore[import-not-found]


def values(properties: Any) -> dict[str, Any]:
    return {name: getattr(v, v.WhichOneof("value")) for name, v in properties.items()}


def type_view(item: Any) -> dict[str, Any]:
    base = None
    if item.HasField("base_type"):
        base = item.SystemDefinedBaseType.Name(item.base_type)
    properties = {name: proto.PropertyType.Name(kind) for name, kind in item.properties.items()}
    return {"base": base, "properties": properties}


def steps(event: Any) -> list[Any]:
    return [getattr(step, step.WhichOneof("value")) for step in event.path.steps]


def dump(store: Any) -> dict[str, Any]:
    executions, artifacts = store.get_executions(), store.get_artifacts()
    kinds = {item.id: item.name for item in store.get_context_types()}
    return {
        "artifact_types": {item.name: type_view(item) for item in store.get_artifact_types()},
        "execution_types": {item.name: type_view(item) for item in store.get_execution_types()},
        "executions": {
            item.id: {
                "type": item.type,
                "state": proto.Execution.State.Name(item.last_known_state),
                "properties": values(item.custom_properties),
                "contexts": sorted(
                    [kinds[context.type_id], context.name]
                    for context in store.get_contexts_by_execution(item.id)
                ),
                "times": [item.create_time_since_epoch, item.last_update_time_since_epoch],
            }
            for item in executions
        },
        "artifacts": {
            item.id: {
                "type": item.type,
                "uri": item.uri,
                "state": proto.Artifact.State.Name(item.state),
                "properties": values(item.properties),
                "custom_properties": values(item.custom_properties),
                "contexts": sorted(c.name for c in store.get_contexts_by_artifact(item.id)),
            }
            for item in artifacts
        },
        "events": sorted(
            [
                event.execution_id,
                proto.Event.Type.Name(event.type),
                event.artifact_id,
                steps(event),
            ]
            for event in store.get_events_by_execution_ids([item.id for item in executions])
        ),
        "parents": {
            context.name: [
                parent.name for parent in store.get_parent_contexts_by_context(context.id)
            ]
            for context in store.get_contexts()
        },
    }


def main(path: str) -> None:
    config = proto.ConnectionConfig()
    config.sqlite.filename_uri = path
    config.sqlite.connection_mode = proto.SqliteMetadataSourceConfig.READWRITE
    print(json.dumps(dump(metadata_store.MetadataStore(config))))


if __name__ == "__main__":
    main(sys.argv[1])
