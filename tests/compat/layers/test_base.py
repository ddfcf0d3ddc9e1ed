from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.compat.layers.base import Layer, activation_function, smart_condition
from trainwright.errors import InvalidArgumentError

v1 = tf.compat.v1


class Scale(Layer):
    """A layer as users write them."""

    def build(self, input_shape: Any) -> None:
        self.factor = self.add_weight("factor", [], initializer=v1.constant_initializer(3.0))
        self.count = self.add_weight("count", [], initializer="zeros", trainable=False)

    def call(self, inputs: Any) -> Any:
        self.add_update(self.count.assign_add(1.0, read_value=False))
        return inputs * self.factor


def test_a_layer_of_ones_own_makes_variables_once(run: Any, global_names: Any) -> None:
    layer = Scale(name="mine")
    with v1.variable_scope("here"):
        first = layer([1.0, 2.0])
    second = layer.apply(first)
    assert global_names() == ["here/mine/factor", "here/mine/count"]
    assert layer.name == "mine"
    assert layer.dtype == tf.float32
    assert [v.op.name for v in layer.trainable_weights] == ["here/mine/factor"]
    assert [v.op.name for v in layer.non_trainable_variables] == ["here/mine/count"]
    assert layer.variables == layer.weights
    assert len(layer.updates) == len(v1.get_collection(v1.GraphKeys.UPDATE_OPS)) == 2
    np.testing.assert_allclose(run(second), [9.0, 18.0])


def test_a_frozen_layer_trains_nothing(graph: Any) -> None:
    layer = Scale(trainable=False)
    layer(1.0)
    assert layer.trainable_variables == []
    assert len(layer.non_trainable_variables) == 2
    assert v1.trainable_variables() == []


def test_scopes_may_be_given_at_the_call_or_at_once(graph: Any, global_names: Any) -> None:
    Scale()(1.0, scope="called")
    with v1.variable_scope("open") as scope:
        pass
    Scale(_scope=scope)(1.0)
    Scale(_scope="text")(1.0)
    owners = [name.rpartition("/")[0] for name in global_names()]
    assert owners == ["called", "called", "open", "open", "text", "text"]


def test_a_name_that_is_taken_must_be_reused_on_purpose(graph: Any) -> None:
    Scale(name="same")(1.0)
    with pytest.raises(ValueError, match="already exists"):
        Scale(name="same")(1.0)
    Scale(name="same", _reuse=True)(1.0)
    Scale(name="same", _reuse=v1.AUTO_REUSE)(1.0)
    assert len(v1.global_variables()) == 2


def test_reusing_what_is_not_there_is_an_error(graph: Any) -> None:
    with pytest.raises(ValueError, match="does not exist"):
        Scale(name="absent", _reuse=True)(1.0)


def test_a_layer_without_call_says_so(graph: Any) -> None:
    with pytest.raises(NotImplementedError, match="Layer has no call"):
        Layer()(1.0)


def test_unknown_activations_are_errors() -> None:
    assert activation_function("linear") is None
    with pytest.raises(InvalidArgumentError, match="'relux' is no function in tf.nn"):
        activation_function("relux")
    with pytest.raises(InvalidArgumentError, match="must be a function. Got 3"):
        activation_function(3)


def test_conditions_are_decided_when_they_are_known(run: Any) -> None:
    assert smart_condition(tf.constant(False), lambda: "yes", lambda: "no") == "no"
    condition = v1.placeholder(tf.int32, [])
    chosen = smart_condition(condition, lambda: tf.constant(1), lambda: tf.constant(2))
    assert run(chosen, {condition: 1}) == 1
    assert run(chosen, {condition: 0}) == 2
