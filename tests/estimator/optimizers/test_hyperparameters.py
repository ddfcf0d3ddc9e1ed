from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.optimizers import SGD, Adagrad, Adam, Ftrl, Nadam, RMSprop
from trainwright.estimator.optimizers.hyperparameters import GraphHyperparameters, is_schedule

SCHEDULE = tf.keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)


@pytest.mark.parametrize("value", ["0.1", None, True, float("nan"), float("inf"), [0.1]])
def test_what_is_no_hyperparameter_is_an_error(value: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="learning_rate of SGD must be a finite number"):
        SGD(value)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SGD(momentum=1.5), r"momentum of SGD must be in the range \[0, 1\]. Got 1.5"),
        (lambda: RMSprop(momentum=-1), r"momentum of RMSprop must be in the range \[0, 1\]"),
        (lambda: SGD(decay=-1.0), r"decay of SGD must be in the range \[0, inf\]"),
        (lambda: Adagrad(initial_accumulator_value=-1.0), "initial_accumulator_value of Adagrad"),
        (lambda: Ftrl(learning_rate_power=0.1), "learning_rate_power of Ftrl must be in the"),
        (lambda: Ftrl(l1_regularization_strength=-1.0), "l1_regularization_strength of Ftrl"),
        (lambda: Ftrl(l2_regularization_strength=-1.0), "l2_regularization_strength of Ftrl"),
        (
            lambda: Ftrl(l2_shrinkage_regularization_strength=-1.0),
            "l2_shrinkage_regularization_strength of Ftrl",
        ),
        (lambda: Adam(epsilon=lambda: 1.0), "epsilon of Adam must be a number"),
        (lambda: Nadam(SCHEDULE), "Nadam takes no learning rate schedule"),
    ],
)
def test_what_is_out_of_range_is_an_error(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        make()


@pytest.mark.parametrize("epsilon", [None, 0, 0.0])
def test_no_epsilon_is_the_default_one(epsilon: float | None) -> None:
    assert Adam(epsilon=epsilon).epsilon == 1e-7


def test_schedules_are_known_by_class() -> None:
    assert is_schedule(SCHEDULE)
    assert not is_schedule(lambda: 0.1)
    assert not is_schedule(0.1)


def test_numbers_become_variables_and_the_rest_does_not() -> None:
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        step = tf.compat.v1.train.get_or_create_global_step()
        values = {"number": 0.5, "function": lambda: 0.25, "schedule": SCHEDULE}
        hyperparameters = GraphHyperparameters(values, step)
        names = [v.op.name for v in tf.compat.v1.global_variables()]
        assert names == ["global_step", "number"]
        session.run(tf.compat.v1.global_variables_initializer())
        read = {name: hyperparameters.read(name, tf.float64) for name in values}
        assert {tensor.dtype for tensor in read.values()} == {tf.float64}
        assert session.run(read) == pytest.approx(
            {"number": 0.5, "function": 0.25, "schedule": 0.1}
        )


def test_a_changed_variable_changes_the_rate(build_model: Callable[..., Any]) -> None:
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        model = build_model()
        op = SGD(0.1).minimize_op(model.loss, model.variables, model.step)
        session.run(tf.compat.v1.global_variables_initializer())
        before = session.run(model.variables[0])
        (rate,) = (v for v in tf.compat.v1.global_variables() if v.op.name.endswith("_rate"))
        rate.load(0.0, session)
        session.run(op)
        assert session.run(model.variables[0]).tolist() == before.tolist()
