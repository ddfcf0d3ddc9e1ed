"""Objects of tf_keras in model_fns."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainwright import estimator as tfe

tf_keras = pytest.importorskip("tf_keras")
v1 = tf.compat.v1


def global_step() -> Any:
    return v1.train.get_or_create_global_step()


def legacy(loss: Any, variables: Any) -> Any:
    optimizer = tf_keras.optimizers.legacy.SGD(0.01)
    optimizer.iterations = global_step()
    return optimizer.get_updates(loss, variables)[0]


def legacy_applied(loss: Any, variables: Any) -> Any:
    optimizer = tf_keras.optimizers.legacy.SGD(0.01)
    optimizer.iterations = global_step()
    gradients = optimizer.get_gradients(loss, variables)
    return optimizer.apply_gradients(zip(gradients, variables, strict=True))


def newer(loss: Any, variables: Any) -> Any:
    optimizer = tf_keras.optimizers.SGD(0.01)
    optimizer.iterations = global_step()
    pairs = zip(tf.gradients(loss, variables), variables, strict=True)
    return optimizer.apply_gradients(pairs)


def newer_minimized(loss: Any, variables: Any) -> Any:
    return tf_keras.optimizers.SGD(0.01).minimize(loss, variables)


@pytest.mark.parametrize("package", [keras, tf_keras], ids=["keras", "tf_keras"])
@pytest.mark.parametrize("step", [legacy, legacy_applied, newer, newer_minimized])
def test_optimizers_train(
    train: Any, features: Any, labels: Any, regression: Any, package: Any, step: Any
) -> None:
    """Against gradient descent by hand."""

    def model_fn(features: Any, labels: Any, mode: str) -> Any:
        layer = package.layers.Dense(1, kernel_initializer="ones")
        outputs = layer(features)
        return regression(mode, outputs, labels, lambda loss: step(loss, layer.trainable_variables))

    estimator = train(model_fn)
    kernel, bias = np.ones([2, 1]), np.zeros([1])
    for batch, truth in zip(features, labels, strict=True):
        error = 2 * (batch @ kernel + bias - truth) / len(batch)
        kernel, bias = kernel - 0.01 * batch.T @ error, bias - 0.01 * error.sum(0)
    np.testing.assert_allclose(estimator.get_variable_value("dense/kernel"), kernel, rtol=1e-5)
    names = set(estimator.get_variable_names())
    assert "SGD/learning_rate" in names
    assert not names & {"learning_rate", "iteration"}


def test_layers_and_metrics_work(
    train: Any, features: Any, input_fn: Any, regression: Any, sgd: Any
) -> None:
    """As in TensorFlow 2.15, the updates have to be asked for."""

    def model_fn(features: Any, labels: Any, mode: str) -> Any:
        training = mode == tfe.ModeKeys.TRAIN
        layers = [tf_keras.layers.BatchNormalization(momentum=0.5), tf_keras.layers.Dropout(0.5)]
        model = tf_keras.Sequential([*layers, tf_keras.layers.Dense(1)])
        outputs = model(features, training=training)
        metrics: dict[str, Any] = {}
        if mode == tfe.ModeKeys.EVAL:
            metrics["mae"] = tf_keras.metrics.MeanAbsoluteError()
            metrics["mae"].update_state(labels, outputs)
        return regression(
            mode,
            outputs,
            labels,
            lambda loss: tf.group(sgd(loss), *model.updates),
            eval_metric_ops=metrics,
        )

    estimator = train(model_fn)
    mean = np.zeros(2)
    for batch in features:
        mean = 0.5 * mean + 0.5 * batch.mean(0)
    moved = estimator.get_variable_value("sequential/batch_normalization/moving_mean")
    np.testing.assert_allclose(moved, mean, rtol=1e-5)
    results = estimator.evaluate(input_fn)
    assert results["mae"] > 0
    assert results == estimator.evaluate(input_fn)


def test_eager_code_keeps_its_optimizers() -> None:
    variable = tf.Variable(1.0)
    for optimizer in (tf_keras.optimizers.SGD(0.5), tf_keras.optimizers.legacy.SGD(0.5)):
        optimizer.minimize(lambda: 1.0 * variable, [variable])
    assert float(variable) == 0.0
