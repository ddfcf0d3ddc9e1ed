from __future__ import annotations

from typing import Any

import keras
import pytest
import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.keras.model_io import (
    arranged_labels,
    model_inputs,
    output_names,
)

L = keras.layers


def functional(inputs: Any) -> Any:
    flat = keras.tree.flatten(inputs)
    return keras.Model(inputs, L.Dense(1)(L.Concatenate()(flat) if len(flat) > 1 else flat[0]))


def named(*names: str) -> list[Any]:
    return [keras.Input([1], name=name) for name in names]


def test_features_go_by_the_names_of_inputs() -> None:
    model = functional(named("b", "a"))
    features = {"a": 1, "b": 2, "unused": 3}
    assert model_inputs(model, features).features == [2, 1]
    assert model_inputs(model, (5, 6)).features == [5, 6]
    assert model_inputs(functional(named("a")), {"a": 1}).features == 1
    tensor = tf.ones([2, 1])
    assert model_inputs(model, tensor).features is tensor


def test_inputs_may_be_a_dict() -> None:
    first, second = named("a", "b")
    model = functional({"a": first, "b": second})
    assert model_inputs(model, {"a": 1, "b": 2}).features == {"a": 1, "b": 2}


def test_weights_of_examples_come_with_the_features() -> None:
    model = functional(named("a"))
    given = {"features": {"a": 1}, "sample_weights": 2}
    assert model_inputs(model, given) == (1, 2)
    assert model_inputs(model, {"a": 1}) == (1, None)


@pytest.mark.parametrize("name", ["dense_input", "input_1", "input_7"])
def test_inputs_without_a_name_have_those_of_older_keras(name: str) -> None:
    model = keras.Sequential([keras.Input([1]), L.Dense(1, name="dense")])
    assert model_inputs(model, {name: 1}).features == 1
    two = functional([keras.Input([1]), keras.Input([1])])
    assert model_inputs(two, {"input_1": 1, "input_2": 2}).features == [1, 2]


def test_missing_features_are_errors() -> None:
    model = functional(named("a", "b"))
    with pytest.raises(
        InvalidArgumentError, match=r"features keys: \['a', 'z'\]; missed keys: \['b'"
    ):
        model_inputs(model, {"a": 1, "z": 2})
    # Programs for tf.estimator catch this one.
    with pytest.raises(KeyError, match="do not cover the inputs"):
        model_inputs(keras.Sequential([keras.Input([1]), L.Dense(1)]), {"z": 1})


def test_subclassed_models_get_what_there_is() -> None:
    class Own(keras.Model):
        pass

    assert model_inputs(Own(), {"a": 1}).features == {"a": 1}


def test_names_of_outputs() -> None:
    first, second = L.Dense(1, name="one"), L.Dense(1, name="two")
    given = keras.Input([1])
    model = keras.Model(given, [first(given), second(given)])
    assert output_names(model, [1, 2], 2) == ["one", "two"]
    twice = keras.Model(given, [first(given), first(first(given))])
    assert output_names(twice, [1, 2], 2) == ["one", "one_1"]
    sequential = keras.Sequential([keras.Input([1]), first])
    assert output_names(sequential, 1, 1) == ["one"]
    own = keras.Model()
    assert output_names(own, 1, 1) == ["output_1"]
    assert output_names(own, [1, 2], 2) == ["output_1", "output_2"]
    assert output_names(own, {"b": 1, "a": 2}, 2) == ["a", "b"]


def test_labels_go_by_the_names_of_outputs() -> None:
    names = ["one", "two"]
    labels = {"two": 2, "one": 1}
    assert arranged_labels(labels, [0, 0], names) == [1, 2]
    assert arranged_labels(labels, {"a": 0, "b": 0}, names) == {"a": 1, "b": 2}
    assert arranged_labels({"a": 1, "b": 2}, {"a": 0, "b": 0}, names) == {"a": 1, "b": 2}
    assert arranged_labels({"one": 1}, tf.ones([1]), ["one"]) == 1
    assert arranged_labels([1, 2], [0, 0], names) == [1, 2]
    assert arranged_labels(None, [0, 0], names) is None


def test_missing_labels_are_errors() -> None:
    with pytest.raises(InvalidArgumentError, match=r"labels keys: \['one'\]; missed keys: \['two'"):
        arranged_labels({"one": 1}, [0, 0], ["one", "two"])
