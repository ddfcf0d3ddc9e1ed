"""Prints what ML Metadata finds in a lineage database, as JSON.

Run it with a Python that has ml-metadata: ``python dump_database.py DATABASE [create] [add]``.
DATABASE is a path or a URL; ``add`` records a run of its own first; ``create`` prints nothing.
"""

from __future__ import annotations

import json
import sys
from typing import Any
from urllib.parse import unquote, urlsplit

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
    executions = sorted(store.get_executions(), key=lambda item: item.id)
    artifacts = sorted(store.get_artifacts(), key=lambda item: item.id)
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


def connection_config(where: str) -> Any:
    config = proto.ConnectionConfig()
    url = urlsplit(where)
    if url.scheme == "":
        config.sqlite.filename_uri = where
        modes = proto.SqliteMetadataSourceConfig
        config.sqlite.connection_mode = modes.READWRITE_OPENCREATE
        return config
    server: Any
    if url.scheme.startswith("postgresql"):
        server = config.postgresql
        server.port, server.dbname = str(url.port), url.path[1:]
    else:
        server = config.mysql
        server.port, server.database = url.port, url.path[1:]
    server.host, server.skip_db_creation = url.hostname, True
    server.user, server.password = url.username, unquote(url.password)
    if server is config.postgresql:
        server.password = f"'{server.password}'"  # it would end at a blank
    return config


def add_run(store: Any) -> None:
    """A run as TFX would record it, beside those that are there."""
    trainer = store.get_execution_type("tfx.components.trainer.component.Trainer")
    model = proto.Artifact(type_id=store.get_artifact_type("Model").id, uri="/theirs/model")
    model.custom_properties["note"].string_value = "größer, 大"
    execution = proto.Execution(
        type_id=trainer.id, name="theirs", last_known_state=proto.Execution.COMPLETE
    )
    execution.custom_properties["train_args"].string_value = '{"num_steps": 9}'
    pipeline = store.get_context_by_type_and_name("pipeline", "taxi")
    event = proto.Event(type=proto.Event.OUTPUT)
    event.path.steps.add().key = "model"
    event.path.steps.add().index = 0
    store.put_execution(execution, [(model, event)], [pipeline])


def main(where: str, *tasks: str) -> None:
    store = metadata_store.MetadataStore(connection_config(where))
    if "add" in tasks:
        add_run(store)
    if "create" not in tasks:
        print(json.dumps(dump(store)))


if __name__ == "__main__":
    main(*sys.argv[1:])
