"""Artifacts, properties and contexts of TFX, as plain values."""

from __future__ import annotations

import json
from typing import Any

from trainwright.artifacts import Artifact, Examples, Model
from trainwright.tfx.hand_over import as_request, our_artifacts


def test_artifacts_there_and_back(make_artifact: Any) -> None:
    examples = make_artifact(
        "Examples", "/ex", split_names='["a"]', payload_format="FORMAT_PARQUET", other="left out"
    )
    inputs = {"examples": [examples], "model": [make_artifact("Model", "/m")], "none": []}
    request = as_request("Executor", inputs, {"x": [make_artifact("Blob", "/b")]}, {"n": 1}, None)
    request = json.loads(json.dumps(request))
    ours = our_artifacts(request["inputs"])
    (found,) = ours["examples"]
    assert isinstance(found, Examples)
    assert (found.uri, found.splits, found.payload_format) == ("/ex", ["a"], "FORMAT_PARQUET")
    assert found.custom_properties == {"payload_format": "FORMAT_PARQUET"}
    assert type(ours["model"][0]) is Model
    assert ours["none"] == []
    assert type(our_artifacts(request["outputs"])["x"][0]) is Artifact
    assert request["exec_properties"] == {"n": 1}
    assert request["context"] == {}


def test_protocol_buffers_become_json() -> None:
    from tensorflow_metadata.proto.v0 import schema_pb2

    properties = {"schema": schema_pb2.Schema(default_environment=["SERVING"])}
    request = as_request("Executor", {}, {}, properties, None)
    assert json.loads(request["exec_properties"]["schema"]) == {"default_environment": ["SERVING"]}


def test_contexts_of_old_and_new() -> None:
    class Old:
        _tmp_dir, _unique_id, beam_pipeline_args = "/tmp", "7", ["--runner=DirectRunner"]

    class New:
        stateful_working_dir, pipeline_info = "/state", object()

    def told(context: Any) -> Any:
        return as_request("Executor", {}, {}, {}, context)["context"]

    assert told(Old()) == {
        "tmp_dir": "/tmp",
        "unique_id": "7",
        "beam_pipeline_args": ["--runner=DirectRunner"],
    }
    assert told(New()) == {"stateful_working_dir": "/state"}
