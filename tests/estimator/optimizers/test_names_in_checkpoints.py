"""Names and shapes against the checkpoints that tf.estimator 2.15 wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tensorflow as tf

from trainwright.estimator.optimizers import get_optimizer

CASES = [
    ("DNNClassifier_binary", "Adagrad", "training"),
    ("DNNClassifier_batchnorm_dropout_Adam", "Adam", "training"),
    ("DNNClassifier_kerasAdamInstance", "Adam", "training"),
    ("DNNClassifier_SGD", "SGD", "training"),
    ("DNNClassifier_RMSProp", "RMSProp", "training"),
    ("DNNClassifier_Ftrl", "Ftrl", "training"),
    ("LinearClassifier_binary", "Ftrl", "training"),
    ("BaselineClassifier", "Ftrl", "training"),
    ("DNNEstimator_MultiHead", "Adagrad", "training_2"),
]


def variables_of(shared_data: Path, model: str) -> dict[str, list[int]]:
    models = json.loads((shared_data / "estimator-2.15-files.json").read_text())["cases"]
    return {name: shape for name, shape, *_ in models[model]["variables"]}


def minimize(shapes: dict[str, list[int]], optimizer: str, scope: str, own_step: bool) -> None:
    """Trains variables of these shapes by the optimizer of this name."""
    step = None if own_step else tf.compat.v1.train.get_or_create_global_step()
    trained = [
        tf.compat.v1.get_variable(name, shape, use_resource=True)
        for name, shape in shapes.items()
        if "/moving_" not in name
    ]
    loss = tf.add_n([tf.reduce_sum(variable) for variable in trained])
    get_optimizer(optimizer).minimize_op(loss, trained, step, name_scope=scope)


def created() -> dict[str, list[int]]:
    variables = tf.compat.v1.global_variables()
    return {v.op.name: v.shape.as_list() for v in variables if v.op.name.startswith("training")}


@pytest.mark.parametrize(("model", "optimizer", "scope"), CASES)
def test_one_optimizer(shared_data: Path, model: str, optimizer: str, scope: str) -> None:
    shapes = variables_of(shared_data, model)
    wanted = {name: shapes.pop(name) for name in list(shapes) if name.startswith("training")}
    del shapes["global_step"]
    with tf.Graph().as_default():
        minimize(shapes, optimizer, scope, own_step=False)
        assert created() == wanted


def test_the_combined_model(shared_data: Path) -> None:
    shapes = variables_of(shared_data, "DNNLinearCombinedClassifier")
    wanted = {name: shape for name, shape in shapes.items() if name.startswith("training")}
    with tf.Graph().as_default():
        for part, optimizer in (("dnn/", "Adagrad"), ("linear/", "Ftrl")):
            of_part = {name: shape for name, shape in shapes.items() if name.startswith(part)}
            minimize(of_part, optimizer, "training", own_step=optimizer == "Ftrl")
        assert created() == wanted
