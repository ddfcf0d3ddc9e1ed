"""A model small enough to be checked by hand, and inputs for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from trainwright import estimator as tfe

v1 = tf.compat.v1


def weight_model_fn(features: Any, labels: Any, mode: str, params: Any) -> Any:
    """y = weight * x, by gradient descent on the mean squared error."""
    weight = v1.get_variable("weight", [], initializer=v1.zeros_initializer())
    prediction = features["x"] * weight
    if mode == tfe.ModeKeys.PREDICT:
        return tfe.EstimatorSpec(mode, predictions={"y": prediction, "x": features["x"]})
    loss = tf.reduce_mean((prediction - labels) ** 2)
    optimizer = v1.train.GradientDescentOptimizer(params.get("learning_rate", 0.1))
    return tfe.EstimatorSpec(
        mode,
        loss=loss,
        train_op=optimizer.minimize(loss, v1.train.get_global_step()),
        eval_metric_ops={"mae": v1.metrics.mean_absolute_error(labels, prediction)},
    )


def three_x() -> Any:
    """Two batches of one example each, y = 3 x."""
    return tf.data.Dataset.from_tensor_slices(({"x": [1.0, 2.0]}, [3.0, 6.0])).batch(1)


@pytest.fixture
def model_fn() -> Callable[..., Any]:
    """A model with one weight."""
    return weight_model_fn


@pytest.fixture
def input_fn() -> Callable[[], Any]:
    """Two examples of y = 3 x, once, one in a batch."""
    return three_x


@pytest.fixture
def repeated_input_fn() -> Callable[[], Any]:
    """The same without end."""
    return lambda: three_x().repeat()


@pytest.fixture
def estimator(tmp_path: Path) -> Any:
    """An untrained Estimator of that model."""
    return tfe.Estimator(weight_model_fn, str(tmp_path / "model"), params={})


@pytest.fixture
def serving_input_receiver_fn() -> Callable[[], Any]:
    """A receiver of serialized Examples with x."""
    return tfe.export.build_parsing_serving_input_receiver_fn(
        {"x": tf.io.FixedLenFeature([], tf.float32)}
    )
