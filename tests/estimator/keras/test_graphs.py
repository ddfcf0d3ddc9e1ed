"""What a graph of an estimator is completed with."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainwright import estimator as tfe
from trainwright.estimator.keras.graphs import complete_spec, keras_in_graph
from trainwright.estimator.keras.objects import current

v1 = tf.compat.v1


def spec(mode: str = "train", **fields: Any) -> Any:
    return tfe.EstimatorSpec(mode, loss=tf.constant(1.0), train_op=tf.no_op(), **fields)


def test_one_graph_has_one_set_of_objects() -> None:
    with tf.Graph().as_default(), keras_in_graph() as outer:
        with keras_in_graph() as same:
            assert same is outer
        with tf.Graph().as_default(), keras_in_graph() as other:
            assert other is not outer
            assert current() is other
        assert current() is outer
    assert current() is None


def test_a_spec_without_keras_stays_as_it_is(objects: Any) -> None:
    given = spec()
    complete = complete_spec(given, objects, "train")
    assert complete.train_op is given.train_op
    assert complete.scaffold is given.scaffold


def test_evaluation_runs_no_updates(objects: Any) -> None:
    keras.layers.BatchNormalization()(tf.ones([2, 3]), training=True)
    given = spec("eval")
    assert complete_spec(given, objects, "eval").train_op is given.train_op
    assert complete_spec(given, objects, "train").train_op is not given.train_op


def test_a_step_that_is_counted_is_not_counted_again(objects: Any, session: Any) -> None:
    step = v1.train.create_global_step()
    layer = keras.layers.Dense(1)
    loss = tf.reduce_sum(layer(tf.ones([1, 2])))
    op = keras.optimizers.SGD().minimize(loss, layer.trainable_variables)
    counted = tf.group(op, step.assign_add(1))
    given = tfe.EstimatorSpec("train", loss=loss, train_op=counted)
    train_op = complete_spec(given, objects, "train").train_op
    with session() as running:
        running.run(train_op)
        assert running.run(step) == 1


def test_initial_values_go_with_the_scaffold_of_the_user(objects: Any, session: Any) -> None:
    layer = keras.layers.Dense(1)
    layer.build([None, 2])
    layer.set_weights([np.full([2, 1], 7.0), np.ones([1])])
    seen = []
    scaffold = v1.train.Scaffold(init_fn=lambda _, __: seen.append("user"), saver=None)
    complete = complete_spec(spec(scaffold=scaffold), objects, "train").scaffold
    with session() as running:
        complete.init_fn(running)
        np.testing.assert_array_equal(running.run(layer.kernel.value), [[7.0], [7.0]])
    assert seen == ["user"]


def test_keras_of_another_backend_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from trainwright.estimator.keras import graphs

    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    called = []
    monkeypatch.setattr(graphs.naming, "install", called.append)
    graphs._install.__wrapped__("keras")
    assert called == []
