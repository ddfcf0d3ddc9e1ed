"""Runs TFX's own Trainer, in a pipeline, with our executor in it.

PYTHONPATH=src python run_adapter.py ROOT SHARED_DATA MODULE_FILE

Writes what ML Metadata says of the run to standard output as JSON.
"""

import json
import sys
from pathlib import Path

from ml_metadata.proto import metadata_store_pb2
from tfx import v1 as tfx
from tfx.dsl.components.base import executor_spec
from tfx.orchestration import metadata
from tfx.types import standard_artifacts

from trainwright.tfx import Executor

root, data, module_file = map(Path, sys.argv[1:])


def importer(kind, folder, **properties):
    return tfx.dsl.Importer(
        source_uri=str(data / "taxi" / folder), artifact_type=kind, properties=properties
    ).with_id(folder)


examples = importer(
    standard_artifacts.Examples, "transformed_examples", split_names='["train", "eval"]'
)
graph = importer(standard_artifacts.TransformGraph, "transform_graph")
schema = importer(standard_artifacts.Schema, "schema")
trainer = tfx.components.Trainer(
    custom_executor_spec=executor_spec.ExecutorClassSpec(Executor),
    examples=examples.outputs["result"],
    transform_graph=graph.outputs["result"],
    schema=schema.outputs["result"],
    module_file=str(module_file),
    train_args=tfx.proto.TrainArgs(num_steps=10),
    eval_args=tfx.proto.EvalArgs(num_steps=2),
    custom_config={"learning_rate": 0.01},
)
connection = tfx.orchestration.metadata.sqlite_metadata_connection_config(str(root / "mlmd.sqlite"))
tfx.orchestration.LocalDagRunner().run(
    tfx.dsl.Pipeline(
        pipeline_name="adapter",
        pipeline_root=str(root / "pipeline"),
        components=[examples, graph, schema, trainer],
        metadata_connection_config=connection,
    )
)
with metadata.Metadata(connection) as handler:
    store = handler.store
    (execution,) = store.get_executions_by_type("tfx.components.trainer.component.Trainer")
    (model,) = store.get_artifacts_by_type("Model")
State = metadata_store_pb2.Execution.State
print(json.dumps({"state": State.Name(execution.last_known_state), "model": model.uri}))
