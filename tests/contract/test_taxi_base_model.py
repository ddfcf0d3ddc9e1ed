"""The base model of the taxi example, trained by an old TensorFlow, taken on by a run of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.artifacts import Artifact, Examples, Model, ModelRun, Schema, TransformGraph
from trainwright.executor import Executor

pytestmark = pytest.mark.slow
MODULE = Path(__file__).parents[1] / "user_modules" / "taxi_wide_deep.py"


@pytest.mark.parametrize("wanted", ["variables", "slots"])
def test_a_run_starts_from_it(wanted: str, shared_data: Path, tmp_path: Path) -> None:
    taxi = shared_data / "taxi"
    base = taxi / "base_model"
    inputs: dict[str, list[Artifact]] = {
        "examples": [Examples(taxi / "transformed_examples")],
        "transform_graph": [TransformGraph(taxi / "transform_graph")],
        "schema": [Schema(taxi / "schema")],
    }
    properties: dict[str, Any] = {"train_args": {"num_steps": 1}, "eval_args": {"num_steps": 2}}
    if wanted == "variables":  # of the SavedModel that the artifact holds
        inputs["base_model"] = [Model(base)]
    else:  # of the checkpoint beside it
        properties |= {"warm_starting": True, "warm_start_from": str(base)}
    Executor().Do(
        inputs,
        {"model": [Model(tmp_path / "model")], "model_run": [ModelRun(tmp_path / "run")]},
        properties | {"module_file": str(MODULE)},
    )
    trained = tf.train.load_checkpoint(str(base / "Format-Serving"))
    run = tf.train.load_checkpoint(str(tmp_path / "run" / "Format-Serving" / "model.ckpt-0"))
    shapes = trained.get_variable_to_shape_map()
    assert sorted(run.get_variable_to_shape_map()) == sorted(shapes)
    same = {
        name
        for name, shape in shapes.items()
        if shape and np.array_equal(trained.get_tensor(name), run.get_tensor(name))
    }
    weights = {name for name in shapes if name.startswith(("dnn/", "linear/"))}
    slots = {name for name, shape in shapes.items() if name.startswith("training/") and shape}
    assert len(weights) == 20
    assert len(slots) == 30
    if wanted == "slots":
        assert same == weights | slots
    else:
        assert weights <= same
        assert "training/Adagrad/dnn/hiddenlayer_1/kernel/accumulator" not in same
