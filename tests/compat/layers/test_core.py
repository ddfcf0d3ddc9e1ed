from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainwright.compat import layers
from trainwright.errors import InvalidArgumentError

v1 = tf.compat.v1


def test_dense_takes_keras_initializers_and_regularizers(run: Any) -> None:
    outputs = layers.dense(
        tf.ones([2, 3]),
        2,
        kernel_initializer=keras.initializers.Ones(),
        kernel_regularizer=keras.regularizers.L2(0.5),
    )
    (loss,) = v1.get_collection(v1.GraphKeys.REGULARIZATION_LOSSES)
    values, loss_value = run([outputs, loss])
    np.testing.assert_allclose(values, np.full([2, 2], 3.0))
    assert loss_value == pytest.approx(3.0)


def test_dense_uses_the_initializer_of_the_scope(run: Any) -> None:
    with v1.variable_scope("scope", initializer=v1.constant_initializer(2.0)):
        outputs = layers.dense(tf.ones([1, 3]), 1, activation="relu")
    np.testing.assert_allclose(run(outputs), [[6.0]])


def test_dense_has_constraints(graph: Any) -> None:
    layer = layers.Dense(2, kernel_constraint=tf.abs)
    layer(tf.ones([1, 3]))
    assert layer.kernel.constraint is tf.abs
    assert layer.bias.constraint is None


def test_dense_needs_a_known_size(graph: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="known size along axis -1"):
        layers.dense(v1.placeholder(tf.float32, [None, None]), 2)
    with pytest.raises(InvalidArgumentError, match="known size"):
        layers.dense(v1.placeholder(tf.float32), 2)


def test_dense_needs_floating_numbers(graph: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="must be of floating numbers. Got int32"):
        layers.dense(tf.ones([2, 3], tf.int32), 2)


def test_dense_has_the_type_of_its_input(graph: Any) -> None:
    assert layers.dense(tf.ones([2, 3], tf.float64), 2).dtype == tf.float64


def test_dropout_works_while_training_only(run: Any) -> None:
    training = v1.placeholder(tf.bool, [])
    ones = tf.ones([1000])
    dropped = layers.dropout(ones, rate=0.25, training=training)
    values = run(dropped, {training: True})
    assert set(np.round(values, 4)) == {0.0, np.float32(1.3333)}
    assert 0.15 < np.mean(values == 0) < 0.35
    np.testing.assert_array_equal(run(dropped, {training: False}), np.ones([1000]))
    np.testing.assert_array_equal(run(layers.dropout(ones)), np.ones([1000]))


def test_dropout_has_seeds_and_noise_shapes(run: Any) -> None:
    first, second = (
        layers.dropout(tf.ones([4, 50]), noise_shape=[1, 50], seed=3, training=True)
        for _ in range(2)
    )
    one, other = run([first, second])
    np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(one, np.repeat(one[:1], 4, axis=0))


def test_flatten_keeps_what_is_known(run: Any) -> None:
    assert layers.flatten(v1.placeholder(tf.float32, [None, 2, 3])).shape.as_list() == [None, 6]
    unknown = v1.placeholder(tf.float32, [2, None, 3])
    flat = layers.flatten(unknown)
    assert flat.shape.as_list() == [2, None]
    assert run(flat, {unknown: np.zeros([2, 4, 3])}).shape == (2, 12)
    assert layers.Flatten()(tf.zeros([5])).shape.as_list() == [5, 1]
