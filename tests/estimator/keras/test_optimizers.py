"""Keras 3 optimizers in model_fns: ours step in."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainwright import estimator as tfe
from trainwright.errors import InvalidArgumentError
from trainwright.estimator.keras.eager import eagerly
from trainwright.estimator.optimizers import SGD

v1 = tf.compat.v1


def global_step() -> Any:
    return v1.train.get_or_create_global_step()


def minimized(optimizer: Any, loss: Any, model: Any) -> Any:
    return optimizer.minimize(loss, model.trainable_variables)


def minimized_function(optimizer: Any, loss: Any, model: Any) -> Any:
    return optimizer.minimize(lambda: loss, lambda: model.trainable_variables)


def applied(optimizer: Any, loss: Any, model: Any) -> Any:
    variables = model.trainable_variables
    return optimizer.apply_gradients(zip(tf.gradients(loss, variables), variables, strict=True))


def applied_by_tape(optimizer: Any, loss: Any, model: Any) -> Any:
    gradients = optimizer.get_gradients(loss, model.trainable_variables)
    return optimizer.apply(gradients, model.trainable_variables)


def updated(optimizer: Any, loss: Any, model: Any) -> Any:
    return optimizer.get_updates(loss, model.trainable_variables)[0]


@pytest.mark.parametrize("step", [minimized, minimized_function, applied, applied_by_tape, updated])
@pytest.mark.parametrize("counted", [False, True])
def test_all_ways_to_train_are_the_same(
    train: Any, features: Any, labels: Any, regression: Any, step: Any, counted: bool
) -> None:
    """Against gradient descent by hand; the global step counts, asked for or not."""

    def model_fn(features: Any, labels: Any, mode: str) -> Any:
        model = keras.Sequential([keras.layers.Dense(1, kernel_initializer="ones")])
        outputs = model(features)

        def train_op(loss: Any) -> Any:
            optimizer = keras.optimizers.SGD(0.01)
            if counted:
                optimizer.iterations = global_step()
            return step(optimizer, loss, model)

        return regression(mode, outputs, labels, train_op)

    estimator = train(model_fn)
    kernel, bias = np.ones([2, 1]), np.zeros([1])
    for batch, truth in zip(features, labels, strict=True):
        error = 2 * (batch @ kernel + bias - truth) / len(batch)
        kernel, bias = kernel - 0.01 * batch.T @ error, bias - 0.01 * error.sum(0)
    np.testing.assert_allclose(
        estimator.get_variable_value("sequential/dense/kernel"), kernel, rtol=1e-5
    )
    assert estimator.get_variable_value("global_step") == 6
    names = set(estimator.get_variable_names())
    assert ("SGD/iter" in names) is not counted
    assert {"SGD/decay", "SGD/learning_rate", "SGD/momentum"} < names
    assert not [name for name in names if "sgd" in name or "iteration" in name]


def test_names_are_those_of_tensorflow_2_15(train: Any, regression: Any, shared_data: Any) -> None:
    """The checkpoint of a model_fn with a Sequential model and the legacy Adam."""
    import json

    files = json.loads((shared_data / "estimator-2.15-files.json").read_text())
    case = files["cases"]["Estimator_custom_keras2model_legacyAdam"]

    def model_fn(features: Any, labels: Any, mode: str) -> Any:
        model = keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(1, name="o")])
        outputs = model(features)

        def train_op(loss: Any) -> Any:
            optimizer = keras.optimizers.Adam()
            optimizer.iterations = global_step()
            return optimizer.get_updates(loss, model.trainable_variables)[0]

        return regression(mode, outputs, labels, train_op)

    assert train(model_fn).get_variable_names() == [name for name, *_ in case["variables"]]


def test_an_optimizer_made_outside_serves_in_all_graphs(train: Any, regression: Any) -> None:
    optimizer = keras.optimizers.Adagrad(0.1)

    def model_fn(features: Any, labels: Any, mode: str) -> Any:
        layer = keras.layers.Dense(1)
        outputs = layer(features)
        return regression(
            mode, outputs, labels, lambda loss: optimizer.minimize(loss, layer.trainable_weights)
        )

    for _ in range(2):
        assert "Adagrad/dense/kernel/accumulator" in train(model_fn).get_variable_names()


def test_learning_rates_may_be_tensors_and_be_looked_at(
    train: Any, regression: Any, recorder: Any
) -> None:
    log: dict[str, Any] = {}

    def model_fn(features: Any, labels: Any, mode: str) -> Any:
        layer = keras.layers.Dense(1)
        outputs = layer(features)
        decayed = v1.train.exponential_decay(0.5, global_step(), 1, 0.5)
        schedule = keras.optimizers.schedules.ExponentialDecay(0.5, 1, 0.5)
        log["hook"] = recorder(
            plain=keras.optimizers.Adam(0.25).learning_rate,
            schedule=keras.optimizers.Adam(schedule).learning_rate,
            tensor=keras.optimizers.Adam(learning_rate=decayed).learning_rate,
        )
        optimizer = keras.optimizers.SGD(learning_rate=decayed)
        optimizer.iterations = global_step()
        return regression(
            mode,
            outputs,
            labels,
            lambda loss: optimizer.minimize(loss, layer.trainable_variables),
            training_hooks=[log["hook"]],
        )

    train(model_fn)
    first = log["hook"].steps[0]
    assert first["plain"] == 0.25
    # The step may be read before or after it is counted.
    for name in ("schedule", "tensor"):
        assert first[name] in (0.5, 0.25)
        assert log["hook"].steps[-1][name] < 0.05


def test_setting_what_has_no_effect_is_an_error(objects: Any) -> None:
    optimizer = keras.optimizers.SGD(0.1)
    with pytest.raises(InvalidArgumentError, match="to the optimizer's constructor"):
        optimizer.learning_rate = 0.5


def test_outside_of_graphs_optimizers_are_as_keras_made_them() -> None:
    optimizer = keras.optimizers.SGD(0.1)
    optimizer.learning_rate = 0.5
    assert float(optimizer.learning_rate) == pytest.approx(0.5)
    assert not hasattr(optimizer, "minimize")
    with pytest.raises(AttributeError, match="only be set in the model_fn"):
        optimizer.iterations = tf.Variable(0)
    variable = keras.Variable(1.0)
    optimizer.apply([tf.constant(1.0)], [variable])
    assert float(variable.value) == pytest.approx(0.5)
    assert int(optimizer.iterations) == 1


def test_what_has_no_equal_is_an_error(objects: Any) -> None:
    layer = keras.layers.Dense(1)
    loss = tf.reduce_sum(layer(tf.ones([1, 2])))
    with pytest.raises(InvalidArgumentError, match="AdamW cannot train an estimator"):
        minimized(keras.optimizers.AdamW(), loss, layer)
    with pytest.raises(InvalidArgumentError, match="needs trainable_variables"):
        keras.optimizers.SGD().apply([tf.constant(1.0)])


def test_an_optimizer_is_applied_once(objects: Any) -> None:
    layer = keras.layers.Dense(1)
    loss = tf.reduce_sum(layer(tf.ones([1, 2])))
    optimizer = keras.optimizers.SGD()
    minimized(optimizer, loss, layer)
    with pytest.raises(InvalidArgumentError, match="SGD is applied a second time"):
        minimized(optimizer, loss, layer)


def test_variables_without_gradients_are_left_alone(objects: Any, session: Any) -> None:
    used, unused = keras.layers.Dense(1), keras.layers.Dense(1, name="unused")
    loss = tf.reduce_sum(used(tf.ones([1, 2])))
    unused(tf.ones([1, 2]))
    variables = used.trainable_variables + unused.trainable_variables
    op = keras.optimizers.Adam().apply(tf.gradients(loss, variables), variables)
    names = [v.op.name for v in v1.global_variables()]
    assert "Adam/dense/kernel/m" in names
    assert "Adam/unused/kernel/m" not in names
    with session() as running:
        running.run(op)


def test_our_own_optimizers_take_keras_variables(objects: Any, session: Any) -> None:
    layer = keras.layers.Dense(1, kernel_initializer="ones", use_bias=False)
    loss = tf.reduce_sum(layer(tf.ones([1, 2])))
    op = SGD(0.5).minimize_op(loss, layer.trainable_variables)
    with session() as running:
        running.run(op)
        np.testing.assert_allclose(running.run(layer.kernel.value), [[0.5], [0.5]])


def test_heads_take_keras_variables(train: Any) -> None:
    head = tfe.RegressionHead()

    def model_fn(features: Any, labels: Any, mode: str) -> Any:
        layer = keras.layers.Dense(1)
        return head.create_estimator_spec(
            {"x": features},
            mode,
            layer(features),
            labels=labels,
            optimizer=keras.optimizers.Adagrad(0.1),
            trainable_variables=layer.trainable_variables,
        )

    names = train(model_fn).get_variable_names()
    assert "training/Adagrad/dense/kernel/accumulator" in names


def test_eager_variables_are_read_while_a_graph_is_built(objects: Any) -> None:
    optimizer = eagerly(lambda: keras.optimizers.SGD(0.125))
    assert tf.get_static_value(optimizer.learning_rate) == 0.125
