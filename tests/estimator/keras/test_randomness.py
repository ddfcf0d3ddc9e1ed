"""Dropout and other randomness: new in each step, repeatable by the seed of the graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainwright import estimator as tfe
from trainwright.estimator.keras.graphs import keras_in_graph

v1 = tf.compat.v1


@pytest.fixture
def dropping(regression: Any, sgd: Any, recorder: Any) -> Callable[..., Any]:
    """A model_fn with much randomness, and where it puts what it records."""

    def make(log: dict[str, Any]) -> Callable[..., Any]:
        def model_fn(features: Any, labels: Any, mode: str) -> Any:
            ones = tf.ones([1, 16])
            layer = keras.layers.Dropout(0.5)
            dense = keras.layers.Dense(1)
            outputs = dense(keras.layers.GaussianNoise(0.1)(features, training=True))
            log[mode] = recorder(
                first=layer(ones, training=True),
                second=layer(ones, training=True),
                free=keras.random.uniform([4]),
            )
            if mode == tfe.ModeKeys.PREDICT:
                dropped = layer(0.0 * features[:, :1] + tf.ones([4, 16]), training=True)
                return tfe.EstimatorSpec(mode, predictions={"dropped": dropped})
            return regression(mode, outputs, labels, sgd, training_hooks=[log[mode]])

        return model_fn

    return make


def all_different(values: list[Any]) -> bool:
    return len({np.asarray(value).tobytes() for value in values}) == len(values)


def test_masks_are_new_in_each_step_and_call(train: Any, dropping: Any) -> None:
    log: dict[str, Any] = {}
    estimator = train(dropping(log))
    steps = log["train"].steps
    assert len(steps) == 6
    masks = [step[name] for step in steps for name in ("first", "second")]
    assert all_different(masks)
    assert {0.0, 2.0} == {float(value) for mask in masks for value in mask.ravel()}
    assert all_different([step["free"] for step in steps])
    # Their state is not part of the model.
    assert estimator.get_variable_names() == ["dense/bias", "dense/kernel", "global_step"]


def test_masks_are_new_in_each_batch_of_predictions(
    train: Any, dropping: Any, input_fn: Any
) -> None:
    estimator = train(dropping({}))
    batches = list(estimator.predict(input_fn, yield_single_examples=False))
    assert all_different([batch["dropped"] for batch in batches])


def test_a_seed_repeats_a_training(train: Any, dropping: Any) -> None:
    logs: list[dict[str, Any]] = [{}, {}, {}]
    weights = [
        train(dropping(log), seed).get_variable_value("dense/kernel")
        for log, seed in zip(logs, [1, 1, 2], strict=True)
    ]
    np.testing.assert_array_equal(weights[0], weights[1])
    assert np.all(weights[0] != weights[2])
    for one, same, other in zip(*(log["train"].steps for log in logs), strict=True):
        for name, value in one.items():
            np.testing.assert_array_equal(value, same[name])
            assert not np.array_equal(value, other[name])


def test_seeds_that_are_given_count(objects: Any, session: Any) -> None:
    def dropped(seed: int) -> Any:
        return keras.layers.Dropout(0.5, seed=seed)(tf.ones([20]), training=True)

    with session() as running:
        pass
    tensors = [dropped(3), dropped(3), dropped(4)]
    with session() as running:
        one, same, other = running.run(tensors)
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_variables_of_one_initializer_start_differently(objects: Any, session: Any) -> None:
    initializer = keras.initializers.RandomNormal()
    layers = [keras.layers.Dense(3, kernel_initializer=initializer) for _ in range(2)]
    for layer in layers:
        layer.build([None, 2])
    with session() as running:
        one, other = running.run([layer.kernel.value for layer in layers])
    assert np.all(one != other)


def test_generators_of_eager_code_have_stand_ins_in_graphs() -> None:
    generator = keras.random.SeedGenerator(5)
    with tf.Graph().as_default(), keras_in_graph(), v1.Session() as session:
        numbers = [keras.random.uniform([4], seed=generator) for _ in range(2)]
        session.run(v1.local_variables_initializer())
        steps = [session.run(numbers) for _ in range(2)]
    assert all_different([value for step in steps for value in step])
    assert generator.next().numpy().tolist() == [5, 0]


def test_generators_of_graphs_have_stand_ins_in_eager_code() -> None:
    with tf.Graph().as_default(), keras_in_graph():
        generator = keras.random.SeedGenerator(3)
    assert [generator.next().numpy().tolist() for _ in range(2)] == [[3, 0], [3, 1]]


def test_the_global_generator_works_after_graphs(train: Any, dropping: Any) -> None:
    """Where Keras makes it in a graph, it would otherwise stay there."""
    train(dropping({}))
    values = [keras.random.uniform([4]).numpy() for _ in range(3)]
    assert all_different(values)
