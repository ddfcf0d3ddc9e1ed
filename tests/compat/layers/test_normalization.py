from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.compat import layers
from trainwright.errors import InvalidArgumentError

v1 = tf.compat.v1


def test_a_training_as_old_model_fns_write_it(graph: Any) -> None:
    """Three steps, against the moving average computed by hand."""
    batches = np.random.RandomState(0).normal(2.0, 3.0, size=[3, 16, 2]).astype(np.float32)
    step = v1.train.get_or_create_global_step()
    inputs = tf.gather(tf.constant(batches), step)
    outputs = layers.batch_normalization(inputs, training=True, momentum=0.5)
    loss = tf.reduce_mean(tf.square(layers.dense(outputs, 1) - 1.0))
    with tf.control_dependencies(v1.get_collection(v1.GraphKeys.UPDATE_OPS)):
        train_op = v1.train.GradientDescentOptimizer(0.1).minimize(loss, step)
    with v1.Session() as session:
        session.run(v1.global_variables_initializer())
        for _ in range(3):
            session.run(train_op)
        values = {v.op.name: session.run(v) for v in v1.global_variables()}
    mean, variance = np.zeros(2), np.ones(2)
    for batch in batches:
        mean = 0.5 * mean + 0.5 * batch.mean(0)
        variance = 0.5 * variance + 0.5 * batch.var(0)
    np.testing.assert_allclose(values["batch_normalization/moving_mean"], mean, rtol=1e-5)
    np.testing.assert_allclose(values["batch_normalization/moving_variance"], variance, rtol=1e-5)
    assert np.any(values["batch_normalization/gamma"] != 1.0)


def test_reusing_adds_no_variables(graph: Any, global_names: Any) -> None:
    layers.batch_normalization(tf.ones([2, 3]), name="norm", training=True)
    layers.batch_normalization(tf.ones([2, 3]), name="norm", reuse=True)
    assert len(global_names()) == 4
    assert len(v1.get_collection(v1.GraphKeys.UPDATE_OPS)) == 2


def test_half_precision_keeps_its_averages_in_single(graph: Any) -> None:
    layer = layers.BatchNormalization()
    outputs = layer(tf.ones([2, 3], tf.float16), training=True)
    assert outputs.dtype == tf.float16
    assert {v.dtype for v in layer.variables} == {tf.float32}


@pytest.mark.parametrize(
    "arguments", [{"renorm": True}, {"virtual_batch_size": 2}, {"adjustment": lambda _: (1, 0)}]
)
def test_what_is_not_supported_says_so(graph: Any, arguments: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="does not support"):
        layers.batch_normalization(tf.ones([2, 3]), **arguments)


def test_the_fused_operation_needs_images(graph: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="four-dimensional"):
        layers.batch_normalization(tf.ones([2, 3]), fused=True)
    with pytest.raises(InvalidArgumentError, match="known number of axes"):
        layers.batch_normalization(v1.placeholder(tf.float32))
