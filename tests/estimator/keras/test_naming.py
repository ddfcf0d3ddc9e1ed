"""Names of layers and variables: the same in each graph, and those of TensorFlow 2.15."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainwright import estimator as tfe
from trainwright.estimator.keras.graphs import keras_in_graph

v1 = tf.compat.v1


class Blocks(keras.Model):
    """A model with a call of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.first = keras.layers.Dense(2)
        self.blocks = [keras.layers.Dense(2), keras.layers.BatchNormalization()]
        self.last = keras.layers.Dense(1)

    def call(self, inputs: Any, training: bool = False) -> Any:
        hidden = self.first(inputs)
        for block in self.blocks:
            hidden = block(hidden)
        return self.last(hidden)


def variable_names(build: Callable[[Any], Any]) -> list[str]:
    with tf.Graph().as_default(), keras_in_graph():
        build(tf.ones([1, 2, 2]))
        return sorted(v.op.name for v in v1.global_variables())


def in_scopes(inputs: Any) -> Any:
    with v1.variable_scope("tower"):
        hidden = keras.Sequential([keras.layers.Dense(1)])(inputs)
    with tf.name_scope("t"):
        hidden = keras.Sequential([keras.layers.Dense(1)])(hidden)
        keras.layers.LSTM(3, dropout=0.2)(inputs, training=True)
    given = keras.Input([2, 1])
    outputs = keras.layers.Dense(1)(keras.layers.Dense(2, name="x")(given))
    keras.Model(given, outputs)(hidden)
    return keras.layers.Bidirectional(keras.layers.GRU(2))(inputs)


# What TensorFlow 2.15 called the variables of these.
NAMES = [
    (
        in_scopes,
        [
            "bidirectional/backward_gru/gru_cell/bias",
            "bidirectional/backward_gru/gru_cell/kernel",
            "bidirectional/backward_gru/gru_cell/recurrent_kernel",
            "bidirectional/forward_gru/gru_cell/bias",
            "bidirectional/forward_gru/gru_cell/kernel",
            "bidirectional/forward_gru/gru_cell/recurrent_kernel",
            "dense_2/bias",
            "dense_2/kernel",
            "t/lstm/lstm_cell/bias",
            "t/lstm/lstm_cell/kernel",
            "t/lstm/lstm_cell/recurrent_kernel",
            "t/sequential_1/dense_1/bias",
            "t/sequential_1/dense_1/kernel",
            "tower/sequential/dense/bias",
            "tower/sequential/dense/kernel",
            "x/bias",
            "x/kernel",
        ],
    ),
    (
        lambda inputs: Blocks()(inputs),
        [
            "blocks/batch_normalization/beta",
            "blocks/batch_normalization/gamma",
            "blocks/batch_normalization/moving_mean",
            "blocks/batch_normalization/moving_variance",
            "blocks/dense/bias",
            "blocks/dense/kernel",
            "blocks/dense_1/bias",
            "blocks/dense_1/kernel",
            "blocks/dense_2/bias",
            "blocks/dense_2/kernel",
        ],
    ),
    (
        lambda inputs: keras.Sequential([keras.Input([2, 2]), keras.layers.Dense(1)])(inputs),
        ["dense/bias", "dense/kernel"],
    ),
]


@pytest.mark.parametrize(("build", "names"), NAMES)
def test_variables_have_the_names_of_tensorflow_2_15(build: Any, names: list[str]) -> None:
    assert variable_names(build) == names
    # Another graph of the same process, and others' layers in between, make no difference.
    keras.layers.Dense(1)
    assert variable_names(build) == names


def test_layers_of_other_graphs_and_of_eager_code_keep_their_own_count() -> None:
    keras.utils.clear_session()
    assert keras.layers.Dense(1).name == "dense"
    with tf.Graph().as_default(), keras_in_graph():
        assert keras.layers.Dense(1).name == "dense"
        with tf.Graph().as_default(), keras_in_graph():
            assert keras.layers.Dense(1).name == "dense"
        assert keras.layers.Dense(1).name == "dense_1"
    assert keras.layers.Dense(1).name == "dense_1"


def test_names_that_are_given_stay(objects: Any) -> None:
    keras.layers.Dense(1, name="mine")(tf.ones([1, 2]))
    keras.layers.Dense(1, name="mine")(tf.ones([1, 2]))
    names = [v.op.name for v in v1.global_variables()]
    assert names == ["mine/kernel", "mine/bias", "mine/kernel_1", "mine/bias_1"]


def test_evaluation_while_training_restores_by_the_same_names(
    tmp_path: Any, input_fn: Any, regression: Any, sgd: Any
) -> None:
    """Its graph is built while that of training is the default."""

    def model_fn(features: Any, labels: Any, mode: str) -> Any:
        model = keras.Sequential([keras.layers.Dense(3), keras.layers.Dense(1)])
        return regression(mode, model(features), labels, sgd)

    config = tfe.RunConfig(save_checkpoints_steps=2)
    estimator = tfe.Estimator(model_fn, str(tmp_path), config)
    hook = tfe.experimental.InMemoryEvaluatorHook(estimator, input_fn, every_n_iter=2)
    train_spec = tfe.TrainSpec(input_fn, max_steps=4, hooks=[hook])
    metrics, _ = tfe.train_and_evaluate(
        estimator, train_spec, tfe.EvalSpec(input_fn, start_delay_secs=0, throttle_secs=0)
    )
    assert metrics["global_step"] == 4
    assert np.isfinite(metrics["loss"])
