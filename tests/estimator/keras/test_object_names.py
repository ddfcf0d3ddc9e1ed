from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from trainwright.estimator.keras.object_names import (
    object_keys,
    optimizer_keys,
    weight_paths,
)
from trainwright.estimator.optimizers import Adam

v1 = tf.compat.v1
L = keras.layers


class Blocks(keras.Model):
    """Layers in attributes, lists and dicts, one of them twice, and a weight of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.factor = self.add_weight(name="factor", shape=[])
        self.first = L.Dense(2)
        self.blocks = [L.Dense(2), L.BatchNormalization()]
        self.named = {"one": L.Dense(2)}
        self.again = self.first

    def call(self, inputs: Any) -> Any:
        hidden = self.first(inputs)
        for block in [*self.blocks, self.named["one"], self.again]:
            hidden = block(hidden)
        return hidden * self.factor


def test_ways_through_subclassed_models() -> None:
    model = Blocks()
    model(tf.ones([1, 2]))
    assert sorted(weight_paths(model)) == [
        "blocks/0/bias",
        "blocks/0/kernel",
        "blocks/1/beta",
        "blocks/1/gamma",
        "blocks/1/moving_mean",
        "blocks/1/moving_variance",
        "factor",
        "first/bias",
        "first/kernel",
        "named/one/bias",
        "named/one/kernel",
    ]


def test_ways_through_models_in_models() -> None:
    inner = keras.Sequential([keras.Input([2]), L.Flatten(), L.Dense(2), L.Dense(2)])
    given = keras.Input([2])
    model = keras.Model(given, L.Dense(1)(inner(L.Dropout(0.1)(given))))
    assert list(weight_paths(model)) == [
        "layer_with_weights-1/kernel",
        "layer_with_weights-1/bias",
        "layer_with_weights-0/layer_with_weights-0/kernel",
        "layer_with_weights-0/layer_with_weights-0/bias",
        "layer_with_weights-0/layer_with_weights-1/kernel",
        "layer_with_weights-0/layer_with_weights-1/bias",
    ]


def test_ways_to_cells() -> None:
    layers = [keras.Input([3, 2]), L.LSTM(2, return_sequences=True), L.Bidirectional(L.GRU(2))]
    paths = list(weight_paths(keras.Sequential(layers)))
    assert "layer_with_weights-0/cell/recurrent_kernel" in paths
    assert "layer_with_weights-1/backward_layer/cell/kernel" in paths
    assert len(paths) == 9


def test_weights_of_one_name_are_told_apart() -> None:
    class Two(L.Layer):
        def build(self, shape: Any) -> None:
            self.one = self.add_weight(name="w", shape=[1])
            self.two = self.add_weight(name="w", shape=[2])

    layer = Two()
    layer.build([None, 2])
    assert list(weight_paths(layer)) == ["w", "w_1"]


def test_keys_of_an_optimizer(objects: Any) -> None:
    model = keras.Sequential([keras.Input([2]), L.Dense(1, use_bias=False)])
    loss = tf.reduce_sum(model(tf.ones([1, 2])))
    weights = object_keys(model)
    Adam().minimize_op(loss, list(weights.values()), v1.train.create_global_step())
    created = [v for v in v1.global_variables() if v.op.name.startswith("training/")]
    value = ".ATTRIBUTES/VARIABLE_VALUE"
    slot = "layer_with_weights-0/kernel/.OPTIMIZER_SLOT/optimizer"
    keys = optimizer_keys(created, "training", weights)
    assert sorted(keys) == [
        f"{slot}/m/{value}",
        f"{slot}/v/{value}",
        f"optimizer/beta_1/{value}",
        f"optimizer/beta_2/{value}",
        f"optimizer/decay/{value}",
        f"optimizer/learning_rate/{value}",
    ]
    assert list(weights) == [f"layer_with_weights-0/kernel/{value}"]
