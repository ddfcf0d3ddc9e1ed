from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator import optimizers
from trainwright.estimator.optimizers import get_optimizer

SETTINGS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True, "clipnorm": 0.3}),
    ("Adagrad", {"learning_rate": 0.1, "initial_accumulator_value": 0.5, "epsilon": 0.01}),
    ("Adam", {"beta_1": 0.8, "beta_2": 0.9, "epsilon": 0.01, "amsgrad": True}),
    ("RMSprop", {"rho": 0.8, "momentum": 0.5, "centered": True, "epsilon": 0.01}),
    ("Ftrl", {"learning_rate_power": -0.3, "l1_regularization_strength": 0.1, "beta": 0.2}),
    ("Adadelta", {"rho": 0.8, "clipvalue": 0.3}),
    ("Adamax", {"beta_1": 0.8}),
    ("Nadam", {"beta_1": 0.8, "global_clipnorm": 0.3}),
]


def family(name: str) -> Any:
    return tf.keras if name == "keras" else pytest.importorskip("tf_keras")


@pytest.mark.parametrize("package", ["keras", "tf_keras"])
@pytest.mark.parametrize(("name", "kwargs"), SETTINGS, ids=[name for name, _ in SETTINGS])
def test_an_equal_one_of_ours_takes_its_place(
    package: str,
    name: str,
    kwargs: dict[str, Any],
    train: Callable[..., Any],
    assert_same: Callable[..., None],
) -> None:
    wanted = train(lambda: getattr(optimizers, name)(**kwargs))[5]
    cls = getattr(family(package).optimizers, name)
    outside = cls(**kwargs)
    assert_same(train(lambda: get_optimizer(outside))[5], wanted)
    assert_same(train(lambda: get_optimizer(lambda: cls(**kwargs)))[5], wanted)


@pytest.mark.parametrize("package", ["keras", "tf_keras"])
def test_schedules_and_names_are_kept(package: str) -> None:
    keras = family(package)
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    adapted = get_optimizer(keras.optimizers.Adam(schedule, name="mine"))
    assert adapted.hyperparameters["learning_rate"] is schedule
    assert adapted.name == "mine"


def test_the_documented_decaying_learning_rate_works(
    train: Callable[..., Any], assert_same: Callable[..., None]
) -> None:
    def make() -> Any:
        step = tf.compat.v1.train.get_global_step()
        rate = tf.compat.v1.train.exponential_decay(0.2, step, 2, 0.7)
        return tf.keras.optimizers.Adam(learning_rate=rate)

    schedule = tf.keras.optimizers.schedules.ExponentialDecay(0.2, 2, 0.7)
    wanted = train(lambda: optimizers.Adam(schedule))[5]
    assert_same(train(lambda: get_optimizer(make))[5], wanted)


def test_keras_is_itself_again_after_a_function_was_called() -> None:
    with tf.Graph().as_default():
        get_optimizer(tf.keras.optimizers.SGD)
        with pytest.raises(ValueError, match="learning_rate"):
            tf.keras.optimizers.SGD(tf.constant(0.1))


@pytest.mark.parametrize(
    "kwargs",
    [
        {"weight_decay": 0.1},
        {"use_ema": True},
        {"loss_scale_factor": 2.0},
        {"gradient_accumulation_steps": 2},
    ],
)
def test_arguments_without_an_equal_are_an_error(kwargs: dict[str, Any]) -> None:
    (name,) = kwargs
    with pytest.raises(InvalidArgumentError, match=f"SGD was made with {name}="):
        get_optimizer(tf.keras.optimizers.SGD(**kwargs))


def test_classes_without_an_equal_are_an_error() -> None:
    class Own(tf.keras.optimizers.SGD):
        pass

    for optimizer in (tf.keras.optimizers.AdamW(), Own()):
        with pytest.raises(InvalidArgumentError, match="cannot train an estimator"):
            get_optimizer(optimizer)


def test_a_tensor_that_tf_keras_would_freeze_is_an_error() -> None:
    tf_keras = pytest.importorskip("tf_keras")
    with tf.Graph().as_default():
        rate = tf.compat.v1.placeholder_with_default(0.1, [])
        with pytest.raises(InvalidArgumentError, match="learning rate of SGD is a tensor"):
            get_optimizer(lambda: tf_keras.optimizers.SGD(rate))
