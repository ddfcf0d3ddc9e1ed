from __future__ import annotations

from typing import Any

import pytest
import tensorflow as tf

from trainwright.estimator.compat.v1.optimizers import (
    BY_NAME,
    linear_learning_rate,
    optimizer_of,
)

v1 = tf.compat.v1


@pytest.mark.parametrize("name", BY_NAME)
def test_a_name_takes_the_learning_rate(name: str) -> None:
    with tf.Graph().as_default(), v1.Session() as session:
        weight = v1.get_variable("weight", [], initializer=v1.ones_initializer())
        slow, fast = (optimizer_of(name, rate) for rate in (0.0, 0.5))
        still, moved = slow.minimize(1.0 * weight), fast.minimize(1.0 * weight)
        session.run(v1.global_variables_initializer())
        session.run(still)
        assert name == "Ftrl" or session.run(weight) == 1.0
        session.run(moved)
        assert session.run(weight) < 1.0


def test_objects_functions_and_classes_are_taken() -> None:
    made = v1.train.AdamOptimizer(0.1)
    assert optimizer_of(made, 0.5) is made
    assert optimizer_of(lambda: made, 0.5) is made
    assert isinstance(optimizer_of(v1.train.AdamOptimizer, 0.5), v1.train.AdamOptimizer)


def test_an_unknown_name_is_an_error_that_names_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"Unknown optimizer name 'Adagard'.*mean \"Adagrad\""):
        optimizer_of("Adagard", 0.1)


@pytest.mark.parametrize("spec", [None, 3, lambda: 3, lambda: tf.keras.optimizers.Adam()])
def test_other_optimizers_are_errors(spec: Any) -> None:
    with pytest.raises(ValueError, match=r"must be a tf.compat.v1.train.Optimizer, a function"):
        optimizer_of(spec, 0.1)


@pytest.mark.parametrize(("columns", "expected"), [(1, 0.2), (25, 0.2), (100, 0.1)])
def test_the_learning_rate_falls_with_the_number_of_columns(columns: int, expected: float) -> None:
    assert linear_learning_rate([None] * columns, 0.2) == pytest.approx(expected)
