from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.keras.compiled import (
    Batch,
    Keras3Model,
    renamed,
)

v1 = tf.compat.v1


class OwnLoss(keras.Sequential):
    """Its loss adds the mean of the features, and follows it by a metric."""

    def __init__(self, layers: Any):
        super().__init__(layers)
        self.tracker = keras.metrics.Mean(name="followed")

    def compute_loss(self, x: Any, y: Any, y_pred: Any, sample_weight: Any) -> Any:
        loss = tf.reduce_mean(tf.abs(y - y_pred)) + tf.reduce_mean(x)
        self.tracker.update_state(loss)
        return loss


def test_a_loss_of_ones_own_counts(objects: Any) -> None:
    model = OwnLoss([keras.layers.Dense(1, kernel_initializer="ones", use_bias=False)])
    model.compile(optimizer=None)
    features = tf.ones([2, 3])
    batch = Batch(features, tf.zeros([2, 1]), model(features), None)
    built = Keras3Model(model)
    loss = built.loss(batch, training=True)
    metrics = built.metrics(batch)
    assert loss.shape.as_list() == []
    assert list(metrics) == ["followed"]
    with v1.Session() as session:
        session.run([v1.global_variables_initializer(), v1.local_variables_initializer()])
        assert session.run(loss) == 4.0
        for _ in range(2):
            session.run(metrics["followed"][1])
        assert session.run(metrics["followed"][0]) == 4.0


def test_regularization_is_in_the_loss_and_weights_count(objects: Any, session: Any) -> None:
    layer = keras.layers.Dense(
        1, kernel_initializer="ones", kernel_regularizer=keras.regularizers.L2(0.5)
    )
    model = keras.Sequential([layer])
    model.compile(optimizer=None, loss="mae", weighted_metrics=["mae"])
    features = tf.ones([2, 3])
    weights = tf.constant([1.0, 3.0])
    batch = Batch(features, tf.zeros([2, 1]), model(features), weights)
    built = Keras3Model(model)
    loss = built.loss(batch, training=False)
    ((value, update),) = built.metrics(batch).values()
    with session() as running:
        # |3| * (1 + 3) / 2 + 0.5 * 3
        assert running.run(loss) == pytest.approx(7.5)
        running.run(update)
        np.testing.assert_allclose(running.run(value), 3.0)


def test_names_are_for_all_metrics_or_none() -> None:
    assert renamed({"a": 1}, None) == {"a": 1}
    assert renamed({"a": 1}, {"a": "x", "unused": "y"}) == {"x": 1}
    with pytest.raises(InvalidArgumentError, match=r"It lacks \['b'\]"):
        renamed({"a": 1, "b": 2}, {"a": "x"})
