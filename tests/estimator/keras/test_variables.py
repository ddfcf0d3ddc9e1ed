"""Variables that layers change while they are called, or that are changed outside of calls."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainwright import estimator as tfe
from trainwright.errors import InvalidArgumentError

v1 = tf.compat.v1


def test_moving_averages_update_while_training(
    train: Any, features: Any, input_fn: Any, regression: Any, sgd: Any
) -> None:
    """Against averages that are computed by hand; nobody asks for UPDATE_OPS."""

    def model_fn(features: Any, labels: Any, mode: str) -> Any:
        normalized = keras.layers.BatchNormalization(momentum=0.8)(
            features, training=mode == tfe.ModeKeys.TRAIN
        )
        return regression(mode, keras.layers.Dense(1)(normalized), labels, sgd)

    estimator = train(model_fn)
    mean, variance = np.zeros(2), np.ones(2)
    for batch in features:
        mean = 0.8 * mean + 0.2 * batch.mean(0)
        variance = 0.8 * variance + 0.2 * batch.var(0)
    name = "batch_normalization/moving_{}"
    np.testing.assert_allclose(estimator.get_variable_value(name.format("mean")), mean, rtol=1e-5)
    np.testing.assert_allclose(
        estimator.get_variable_value(name.format("variance")), variance, rtol=1e-5
    )
    estimator.evaluate(input_fn)
    list(estimator.predict(input_fn))
    np.testing.assert_allclose(estimator.get_variable_value(name.format("mean")), mean, rtol=1e-5)


def test_asking_for_updates_changes_nothing(
    train: Any, features: Any, regression: Any, sgd: Any
) -> None:
    """As programs for older Keras do."""

    def model_fn(features: Any, labels: Any, mode: str) -> Any:
        model = keras.Sequential(
            [keras.layers.BatchNormalization(momentum=0.5), keras.layers.Dense(1)]
        )
        outputs = model(features, training=True)
        updates = model.get_updates_for(None) + model.get_updates_for(features)
        assert len(updates) == 2
        return regression(mode, outputs, labels, lambda loss: tf.group(sgd(loss), updates))

    estimator = train(model_fn)
    mean = np.zeros(2)
    for batch in features:
        mean = 0.5 * mean + 0.5 * batch.mean(0)
    moved = estimator.get_variable_value("sequential/batch_normalization/moving_mean")
    np.testing.assert_allclose(moved, mean, rtol=1e-5)


def test_a_layer_called_twice_updates_in_order(objects: Any, session: Any) -> None:
    first, second = np.full([4, 1], 2.0, "float32"), np.full([4, 1], 10.0, "float32")
    layer = keras.layers.BatchNormalization(momentum=0.5)
    layer(first, training=True)
    layer(second, training=True)
    with session() as running:
        for _ in range(3):
            running.run(objects.updates)
        moved = running.run(layer.moving_mean.value)
    mean = 0.0
    for value in [2.0, 10.0] * 3:
        mean = 0.5 * mean + 0.5 * value
    np.testing.assert_allclose(moved, [mean], rtol=1e-6)


class Counter(keras.Model):
    """Counts its calls."""

    def __init__(self) -> None:
        super().__init__()
        self.count = self.add_weight(name="count", shape=[], initializer="zeros", trainable=False)
        self.dense = keras.layers.Dense(1, kernel_constraint="non_neg")

    def call(self, inputs: Any) -> Any:
        self.count.assign_add(1.0)
        return self.dense(inputs) + 0.0 * self.count


def test_state_of_ones_own_updates_too(train: Any, regression: Any, sgd: Any) -> None:
    def model_fn(features: Any, labels: Any, mode: str) -> Any:
        return regression(mode, Counter()(features), -labels, lambda loss: sgd(loss, 0.1))

    estimator = train(model_fn)
    assert estimator.get_variable_value("counter/count") == 6
    # The constraint holds with an optimizer that does not know Keras.
    np.testing.assert_array_equal(
        estimator.get_variable_value("counter/dense/kernel"), np.zeros([2, 1])
    )


def test_weights_that_are_set_are_what_training_starts_from(
    train: Any, input_fn: Any, regression: Any
) -> None:
    """Set once, not in each step, and not where a checkpoint is restored."""
    source = keras.layers.Dense(1)
    source.build([None, 2])
    kernel = np.array([[5.0], [6.0]], "float32")

    def model_fn(features: Any, labels: Any, mode: str) -> Any:
        layer = keras.layers.Dense(1)
        outputs = layer(features)
        layer.set_weights([kernel, np.ones([1])])
        other = keras.layers.Dense(1, name="copy")
        other.build([None, 2])
        other.kernel.assign(source.kernel)

        def train_op(loss: Any) -> Any:
            with tf.control_dependencies([loss]):
                added = layer.kernel.value.assign_add(tf.ones([2, 1]))
                return tf.group(added, v1.train.get_global_step().assign_add(1))

        return regression(mode, outputs, labels, train_op)

    estimator = train(model_fn)
    np.testing.assert_array_equal(estimator.get_variable_value("dense/kernel"), kernel + 6)
    np.testing.assert_array_equal(estimator.get_variable_value("dense/bias"), [1.0])
    np.testing.assert_array_equal(estimator.get_variable_value("copy/kernel"), source.kernel)
    estimator.train(input_fn, steps=1)
    np.testing.assert_array_equal(estimator.get_variable_value("dense/kernel"), kernel + 7)


def test_saved_weights_are_loaded(tmp_path: Any, train: Any, regression: Any, sgd: Any) -> None:
    def make() -> Any:
        return keras.Sequential([keras.Input([2]), keras.layers.Dense(1)])

    saved = make()
    path = str(tmp_path.parent / f"{tmp_path.name}.weights.h5")
    saved.save_weights(path)

    def model_fn(features: Any, labels: Any, mode: str) -> Any:
        model = make()
        model.load_weights(path)
        return regression(mode, model(features), labels, lambda loss: sgd(loss, 0.0))

    estimator = train(model_fn)
    np.testing.assert_array_equal(
        estimator.get_variable_value("dense/kernel"), saved.get_weights()[0]
    )


def test_assigning_a_tensor_outside_of_calls_is_an_error(objects: Any) -> None:
    variable = keras.Variable(1.0)
    with pytest.raises(InvalidArgumentError, match="outside of a layer's call"):
        variable.assign(v1.placeholder(tf.float32, []))
    with pytest.raises(InvalidArgumentError, match=r"has the shape \(\). Got a value of the shape"):
        variable.assign([1.0, 2.0])


def test_variables_from_elsewhere_are_errors(objects: Any) -> None:
    with tf.Graph().as_default():
        variable = keras.Variable(1.0)
    with pytest.raises(InvalidArgumentError, match="another graph"):
        _ = variable + 1.0


def test_layers_from_elsewhere_are_errors(train: Any, regression: Any, sgd: Any) -> None:
    """They say how to do it instead."""
    built = keras.layers.Dense(1, name="built")
    built.build([None, 2])
    later = keras.Sequential([keras.layers.Dense(1)], name="later")

    def model_fn_with(layer: Any) -> Any:
        def model_fn(features: Any, labels: Any, mode: str) -> Any:
            return regression(mode, layer(features), labels, sgd)

        return model_fn

    with pytest.raises(InvalidArgumentError, match="'built' belongs to eager .*model_to_est"):
        train(model_fn_with(built))
    estimator = train(model_fn_with(later))
    with pytest.raises(InvalidArgumentError, match="'later' belongs to another graph"):
        next(estimator.predict(lambda: tf.data.Dataset.from_tensors(np.ones([1, 2], "float32"))))


def test_gradients_and_v1_optimizers_take_keras_variables(
    train: Any, regression: Any, features: Any, labels: Any
) -> None:
    """One step of gradient descent, by hand."""

    def model_fn(features: Any, labels: Any, mode: str) -> Any:
        layer = keras.layers.Dense(1, kernel_initializer="ones")
        outputs = layer(features)

        def train_op(loss: Any) -> Any:
            optimizer = v1.train.MomentumOptimizer(0.01, 0.9)
            variables = layer.trainable_variables
            pairs = optimizer.compute_gradients(loss, var_list=variables)
            assert len(tf.gradients(loss, variables)) == 2
            step = v1.train.get_global_step()
            with tf.control_dependencies([optimizer.apply_gradients(pairs)]):
                return optimizer.minimize(0.0 * loss, step, var_list=variables)

        return regression(mode, outputs, labels, train_op)

    estimator = train(model_fn)
    names = estimator.get_variable_names()
    assert {"dense/kernel/Momentum", "dense/bias/Momentum"} < set(names)


def test_stateless_calls_stay_stateless(objects: Any) -> None:
    layer = keras.layers.BatchNormalization()
    layer.build([None, 2])
    trained, others = layer.trainable_variables, layer.non_trainable_variables
    layer.stateless_call(trained, others, tf.ones([4, 2]), training=True)
    assert objects.updates == []
    assert objects.initial_values == []
