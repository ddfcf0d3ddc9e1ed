"""Building Keras models again."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.keras.blueprint import ModelBlueprint


class Own(keras.layers.Layer):
    """A layer that nobody has registered."""

    def __init__(self, factor: float, **kwargs: Any):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, inputs: Any) -> Any:
        return inputs * self.factor

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "factor": self.factor}


class Plain(keras.Model):
    """A model whose constructor takes none of Keras's arguments."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = keras.layers.Dense(3)

    def call(self, inputs: Any) -> Any:
        return self.dense(inputs)


class Configured(keras.Model):
    """One that says how it was made."""

    def __init__(self, units: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.dense = keras.layers.Dense(units)

    def call(self, inputs: Any) -> Any:
        return self.dense(inputs)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.dense.units}


def own_loss(truth: Any, predictions: Any) -> Any:
    return tf.reduce_mean(tf.abs(truth - predictions))


def test_layers_of_ones_own_and_lambdas_are_built_again(objects: Any) -> None:
    model = keras.Sequential(
        [keras.Input([2]), Own(3.0), keras.layers.Lambda(lambda values: values + 1.0)]
    )
    built = ModelBlueprint(keras, model).build().model
    assert built is not model
    assert [layer.name for layer in built.layers] == [layer.name for layer in model.layers]
    assert built.layers[0].factor == 3.0


@pytest.mark.parametrize("make", [Plain, lambda: Configured(3, name="mine")])
def test_subclassed_models_are_built_again(objects: Any, make: Any) -> None:
    model = make()
    for _ in range(2):
        built = ModelBlueprint(keras, model).build().model
        assert built(tf.ones([1, 2])).shape.as_list() == [1, 3]


def test_functions_are_found_in_custom_objects(objects: Any) -> None:
    def twice(values: Any) -> Any:
        return values * 2

    model = keras.Sequential([keras.Input([2]), keras.layers.Dense(1, activation=twice)])
    with pytest.raises(InvalidArgumentError, match=r"cannot be built again.*custom_objects"):
        ModelBlueprint(keras, model).build()
    built = ModelBlueprint(keras, model, {"twice": twice}).build().model
    assert built.layers[0].activation is twice


def test_what_a_model_was_compiled_with_comes_along(objects: Any) -> None:
    model = keras.Sequential([keras.Input([2]), keras.layers.Dense(1)])
    assert not ModelBlueprint(keras, model).is_compiled
    model.compile(
        "adam",
        own_loss,
        metrics=["mae", own_loss, keras.metrics.AUC(num_thresholds=7, name="area")],
        loss_weights=[2.0],
    )
    blueprint = ModelBlueprint(keras, model)
    built = blueprint.build().model
    assert blueprint.is_compiled
    assert blueprint.optimizer is model.optimizer
    assert built.loss is own_loss
    outputs = built(tf.ones([3, 2]))
    built.compute_metrics(None, tf.ones([3, 1]), outputs)
    names = set(built.get_metrics_result())
    assert {"mae", "own_loss", "area"} <= names
    # The metrics of the model that was given are not those of the graph.
    assert not {id(m) for m in built.metrics} & {id(m) for m in model.metrics}


def test_learned_vocabularies_come_along(objects: Any, session: Any) -> None:
    from trainwright.estimator.keras.eager import eagerly

    def make() -> Any:
        lookup = keras.layers.StringLookup()
        lookup.adapt(["b", "b", "a"])
        return keras.Sequential([keras.Input([1], dtype="string"), lookup])

    built = ModelBlueprint(keras, eagerly(make)).build().model
    ids = built(tf.constant([["a"], ["b"], ["c"]]))
    with session() as running:
        assert running.run(ids).ravel().tolist() == [2, 1, 0]


class NoConfig(keras.Model):
    def __init__(self, anything: Any):
        super().__init__()
        self.anything = anything


def test_models_without_a_configuration_are_errors() -> None:
    with pytest.raises(InvalidArgumentError, match=r"no configuration .* Give NoConfig a get_con"):
        ModelBlueprint(keras, NoConfig(object()))


class NeedsArgument(keras.metrics.Mean):
    def __init__(self, needed: int):
        super().__init__()
        self.needed = needed


def test_metrics_without_a_configuration_are_errors(objects: Any) -> None:
    model = keras.Sequential([keras.Input([2]), keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=[NeedsArgument(1)])
    with pytest.raises(InvalidArgumentError, match=r"cannot be made again.*get_config"):
        ModelBlueprint(keras, model).build()


def test_overridden_methods_are_seen() -> None:
    class Stepping(Plain):
        def train_step(self, data: Any) -> Any:
            return super().train_step(data)

    assert ModelBlueprint(keras, Stepping()).overrides("train_step")
    assert not ModelBlueprint(keras, Stepping()).overrides("test_step")


def test_building_does_not_change_the_model() -> None:
    model = keras.Sequential([keras.Input([2]), keras.layers.Dense(1)])
    before = [weight.copy() for weight in model.get_weights()]
    blueprint = ModelBlueprint(keras, model)
    for _ in range(2):
        with tf.Graph().as_default():
            blueprint.build()
    for weight, same in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, same)


def test_classes_of_one_name_are_an_error() -> None:
    other = type("Own", (Own,), {})
    model = keras.Sequential([keras.Input([2]), Own(1.0), other(2.0)])
    with pytest.raises(InvalidArgumentError, match="layers of two classes Own"):
        ModelBlueprint(keras, model)
