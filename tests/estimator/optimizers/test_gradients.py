from __future__ import annotations

from typing import Any

import pytest
import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.optimizers.gradients import Clipping, gradients_of, gradients_of_each


@pytest.mark.parametrize("name", ["clipnorm", "clipvalue", "global_clipnorm"])
@pytest.mark.parametrize("limit", [-1.0, "1", float("nan")])
def test_limits_must_be_numbers_not_negative(name: str, limit: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=f"{name} of the optimizer must be"):
        Clipping(**{name: limit})


def test_one_norm_at_most() -> None:
    with pytest.raises(InvalidArgumentError, match="clipnorm or global_clipnorm, not both"):
        Clipping(clipnorm=1.0, global_clipnorm=1.0)


def test_no_limits_change_nothing() -> None:
    gradients = [object()]
    assert Clipping().apply(gradients) is gradients
    assert Clipping(clipvalue=0.5).limits() == {"clipvalue": 0.5}


def test_gradients_of_groups_are_those_of_each() -> None:
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        a, b, c = (tf.constant(value) for value in (2.0, 3.0, 5.0))
        loss = (a * b + c) ** 2
        together = gradients_of_each(loss, [[a], [b, c]])
        apart = [gradients_of(loss, [a]), gradients_of(loss, [b, c])]
        assert session.run(together) == session.run(apart) == [[66.0], [44.0, 22.0]]


def test_the_variables_without_gradient_are_those_of_one_group() -> None:
    with tf.Graph().as_default():
        used, first, second = (
            tf.compat.v1.get_variable(name, [], use_resource=True)
            for name in ("used", "first", "second")
        )
        with pytest.raises(InvalidArgumentError, match="has no gradient for: first\\."):
            gradients_of_each(used * 2.0, [[used, first], [second]])
