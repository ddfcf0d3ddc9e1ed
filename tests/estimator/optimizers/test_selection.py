from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.optimizers import BY_NAME, SGD, Adam, get_optimizer


@pytest.mark.parametrize(
    ("name", "variables", "rate"),
    [
        ("Adagrad", "Adagrad", 0.001),
        ("Adam", "Adam", 0.001),
        ("Ftrl", "Ftrl", 0.001),
        ("RMSProp", "RMSprop", 0.001),
        ("SGD", "SGD", 0.01),
    ],
)
def test_names(name: str, variables: str, rate: float) -> None:
    config = get_optimizer(name).get_config()
    assert (config["name"], config["learning_rate"]) == (variables, rate)
    assert get_optimizer(name, 0.3).get_config()["learning_rate"] == 0.3


@pytest.mark.parametrize("name", ["adam", "RMSprop", "FTRL", "Adadelta", ""])
def test_unknown_names_are_an_error(name: str) -> None:
    with pytest.raises(InvalidArgumentError, match="Accepted are: Adagrad, Adam, Ftrl, RMSProp"):
        get_optimizer(name)


def test_a_near_miss_is_told() -> None:
    with pytest.raises(InvalidArgumentError, match='Did you mean "RMSProp"'):
        get_optimizer("RMSprop")


def test_our_own_objects_pass_through() -> None:
    optimizer = Adam()
    assert get_optimizer(optimizer) is optimizer


@pytest.mark.parametrize("spec", [SGD, lambda: SGD(), BY_NAME["SGD"]])
def test_functions_and_classes_are_called(spec: Callable[[], Any]) -> None:
    with tf.Graph().as_default():
        assert isinstance(get_optimizer(spec), SGD)


@pytest.mark.parametrize("spec", [None, 3, {}, object()])
def test_anything_else_is_an_error(spec: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="optimizer must be an optimizer, a function"):
        get_optimizer(spec)


@pytest.mark.parametrize("returned", [None, "Adam", Adam])
def test_a_function_must_return_an_optimizer(returned: Any) -> None:
    def make() -> Any:
        return returned

    with (
        tf.Graph().as_default(),
        pytest.raises(InvalidArgumentError, match="The function make returned"),
    ):
        get_optimizer(make)
