from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainwright.errors import CheckpointError
from trainwright.estimator.keras.initial_weights import (
    initial_checkpoint,
    initializer_from,
    save_initial_weights,
)

v1 = tf.compat.v1


def make(units: int = 2) -> Any:
    layers = [keras.Input([3]), keras.layers.Dense(units), keras.layers.BatchNormalization()]
    return keras.Sequential(layers)


def test_weights_are_written_and_restored(tmp_path: Any) -> None:
    source = make()
    random = np.random.RandomState(0)
    values = [random.normal(size=w.shape).astype(np.float32) for w in source.get_weights()]
    source.set_weights(values)
    save_initial_weights(source, str(tmp_path))
    assert sorted(path.name for path in (tmp_path / "keras").iterdir()) == [
        "checkpoint",
        "keras_model.ckpt.data-00000-of-00001",
        "keras_model.ckpt.index",
    ]
    assert tf.train.latest_checkpoint(str(tmp_path / "keras")) == initial_checkpoint(str(tmp_path))
    with tf.Graph().as_default(), v1.Session() as session:
        model = make()
        init_fn = initializer_from(model, str(tmp_path))
        assert init_fn is not None
        init_fn(None, session)
        for weight, value in zip(model.weights, values, strict=True):
            np.testing.assert_array_equal(session.run(weight.value), value)


def test_weights_may_be_written_while_a_graph_is_the_default(tmp_path: Any) -> None:
    source = make()
    with tf.Graph().as_default():
        save_initial_weights(source, str(tmp_path))
    saved = tf.train.load_checkpoint(initial_checkpoint(str(tmp_path)))
    key = "layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE"
    np.testing.assert_array_equal(saved.get_tensor(key), source.get_weights()[0])


def test_a_model_without_weights_writes_nothing(tmp_path: Any) -> None:
    save_initial_weights(keras.Sequential([keras.layers.Dense(1)]), str(tmp_path))
    assert list(tmp_path.iterdir()) == []
    with tf.Graph().as_default():
        assert initializer_from(make(), str(tmp_path)) is None


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (lambda: make(5), r"is there of the shape \[3, 2\], and of the shape \[3, 5\]"),
        (lambda: keras.Sequential([make(), keras.layers.Dense(1)]), "is there not at all"),
    ],
)
def test_weights_of_another_model_are_an_error(tmp_path: Any, model: Any, message: str) -> None:
    save_initial_weights(make(), str(tmp_path))
    with tf.Graph().as_default(), v1.Session() as session:
        init_fn = initializer_from(model(), str(tmp_path))
        assert init_fn is not None
        with pytest.raises(CheckpointError, match=message):
            init_fn(None, session)
