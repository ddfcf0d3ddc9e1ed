"""Layers in graphs, against the same layers in eager execution, over three steps of training."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainwright.estimator.keras.graphs import keras_in_graph

v1 = tf.compat.v1
L = keras.layers
STEPS = 3

_RANDOM = np.random.RandomState(1)
INPUTS: dict[str, Any] = {
    "vector": _RANDOM.normal(size=[STEPS, 4, 6]).astype(np.float32),
    "sequence": _RANDOM.normal(size=[STEPS, 4, 5, 6]).astype(np.float32),
    "image": _RANDOM.normal(size=[STEPS, 2, 6, 6, 3]).astype(np.float32),
    "ids": _RANDOM.randint(0, 5, size=[STEPS, 4, 5]),
}

LAYERS: list[tuple[str, Callable[[], Any]]] = [
    ("vector", lambda: L.Dense(3)),
    ("vector", lambda: L.BatchNormalization()),
    ("image", lambda: L.BatchNormalization(momentum=0.5)),
    ("vector", lambda: L.LayerNormalization()),
    ("image", lambda: L.GroupNormalization(3)),
    ("vector", lambda: L.SpectralNormalization(L.Dense(3))),
    ("image", lambda: L.Conv2D(2, 3, activation="relu")),
    ("image", lambda: L.SeparableConv2D(2, 3)),
    ("image", lambda: L.MaxPooling2D()),
    ("sequence", lambda: L.LSTM(3)),
    ("sequence", lambda: L.GRU(3, return_sequences=True)),
    ("sequence", lambda: L.RNN([L.LSTMCell(2), L.GRUCell(3)])),
    ("sequence", lambda: L.Bidirectional(L.LSTM(2))),
    ("sequence", lambda: L.TimeDistributed(L.BatchNormalization())),
    ("ids", lambda: L.Embedding(5, 3)),
    ("vector", lambda: L.PReLU()),
    ("vector", lambda: L.Normalization(mean=1.0, variance=2.0)),
    ("ids", lambda: L.CategoryEncoding(5, output_mode="multi_hot")),
    ("ids", lambda: L.IntegerLookup(vocabulary=[1, 2])),
]


def call(layer: Any, inputs: Any) -> Any:
    training = {"training": True} if "training" in layer.call_signature_parameters else {}
    return layer(inputs, **training)


@pytest.mark.parametrize(("kind", "make"), LAYERS)
def test_a_layer_does_in_a_graph_what_it_does_outside(kind: str, make: Any) -> None:
    batches = INPUTS[kind]
    eager = make()
    if not eager.built:
        eager.build(batches[0].shape)
    weights = eager.get_weights()
    with tf.Graph().as_default(), keras_in_graph() as objects, v1.Session() as session:
        inputs = v1.placeholder(batches.dtype, batches[0].shape)
        layer = make()
        outputs = call(layer, inputs)
        layer.set_weights(weights)
        session.run([v1.global_variables_initializer(), v1.tables_initializer()])
        for variable, value in objects.initial_values:
            variable.load(value, session)
        results = [session.run([outputs, objects.updates], {inputs: b})[0] for b in batches]
        final = session.run([weight.value for weight in layer.weights])
    for batch, result in zip(batches, results, strict=True):
        np.testing.assert_allclose(result, call(eager, batch), rtol=1e-4, atol=1e-5)
    for value, expected in zip(final, eager.get_weights(), strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-4, atol=1e-5)


def test_regularization_losses_are_there(objects: Any, session: Any) -> None:
    layer = L.Dense(2, kernel_initializer="ones", kernel_regularizer=keras.regularizers.L2(0.5))
    inputs = tf.ones([1, 3])
    layer(inputs)
    (loss,) = layer.get_losses_for(None)
    assert layer.get_losses_for(inputs) == []
    with session() as running:
        assert running.run(loss) == pytest.approx(3.0)


def test_methods_of_older_keras_are_there_in_graphs_only(objects: Any) -> None:
    layer = L.BatchNormalization()
    layer(tf.ones([2, 3]), training=True)
    assert len(layer.get_updates_for(tf.ones([1]))) == 2
    assert layer.get_updates_for(None) == []
    assert L.Dense(1).get_updates_for(tf.ones([1])) == []


def test_methods_of_older_keras_are_absent_elsewhere() -> None:
    assert not hasattr(L.Dense(1), "get_updates_for")


def test_a_symbolic_training_is_refused_by_keras(objects: Any) -> None:
    """Loudly: Keras 3 wants a bool."""
    training = v1.placeholder(tf.bool, [])
    with pytest.raises(Exception, match="bool"):
        L.BatchNormalization()(tf.ones([2, 3]), training=training)
