"""Models of tf_keras made into Estimators."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator import model_to_estimator

tf_keras = pytest.importorskip("tf_keras")
L = tf_keras.layers


class Own(L.Layer):
    """A layer that nobody has registered, with a loss."""

    def __init__(self, factor: float, **kwargs: Any):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, inputs: Any) -> Any:
        self.add_loss(tf.reduce_mean(inputs**2) * self.factor)
        return inputs * self.factor

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "factor": self.factor}


def make() -> Any:
    layers = [tf_keras.Input([2], name="x"), L.BatchNormalization(momentum=0.5), Own(0.5)]
    return tf_keras.Sequential([*layers, L.Dense(1, name="o")])


def test_it_trains_as_in_tf_keras(tmp_path: Any, features: Any, labels: Any, input_fn: Any) -> None:
    """With moving averages and losses that layers add."""
    model = make()
    model.compile(
        tf_keras.optimizers.legacy.SGD(0.01), "mse", metrics=[tf_keras.metrics.MeanAbsoluteError()]
    )
    estimator = model_to_estimator(model, model_dir=str(tmp_path))
    # First, since a graph in which tf_keras makes layers spoils those made before.
    for batch, truth in zip(features, labels, strict=True):
        model.train_on_batch(batch, truth)
    outputs = np.concatenate([model(batch) for batch in features])
    estimator.train(input_fn)
    predictions = [prediction["o"] for prediction in estimator.predict(input_fn)]
    np.testing.assert_allclose(predictions, outputs, rtol=1e-4)
    error = np.abs(outputs - np.concatenate(labels)).mean()
    results = estimator.evaluate(input_fn)
    assert results["mean_absolute_error"] == pytest.approx(error, rel=1e-5)


def test_one_that_is_not_compiled_predicts(features: Any, input_fn: Any) -> None:
    model = make()
    outputs = np.concatenate([model(batch) for batch in features])
    estimator = model_to_estimator(model)
    predictions = [prediction["o"] for prediction in estimator.predict(input_fn)]
    np.testing.assert_allclose(predictions, outputs, rtol=1e-5)
    with pytest.raises(InvalidArgumentError, match="has not been compiled"):
        estimator.train(input_fn)


def test_features_go_by_the_names_of_inputs(features: Any) -> None:
    estimator = model_to_estimator(make())

    def named(name: str) -> Any:
        return lambda: tf.data.Dataset.from_tensors({name: features[0]})

    assert len(list(estimator.predict(named("x")))) == 4
    with pytest.raises(KeyError, match=r"Its inputs: \['x'\]"):
        next(estimator.predict(named("y")))
