from __future__ import annotations

import numpy as np
import tensorflow as tf

from trainwright.estimator.canned.layers import batch_norm, dense

v1 = tf.compat.v1


def test_dense_has_its_names_and_initial_values() -> None:
    with tf.Graph().as_default(), v1.Session() as session:
        output = dense(tf.ones([2, 30]), 20, "net/layer", tf.nn.relu)
        kernel, bias = output.trainable
        assert (kernel.op.name, bias.op.name) == ("net/layer/kernel", "net/layer/bias")
        assert output.values.op.name == "net/layer/Relu"
        session.run(v1.global_variables_initializer())
        drawn = session.run(kernel)
        assert session.run(bias).tolist() == [0.0] * 20
    limit = np.sqrt(6 / (30 + 20))
    assert np.abs(drawn).max() <= limit
    assert np.abs(drawn).max() > 0.9 * limit


def test_moving_averages_move_with_the_updates_alone() -> None:
    inputs = np.array([[1.0, 2.0], [3.0, 6.0]], np.float32)
    with tf.Graph().as_default(), v1.Session() as session:
        output = batch_norm(tf.constant(inputs), True, "net/norm")
        mean, variance = (
            next(v for v in v1.global_variables() if v.op.name == f"net/norm/moving_{name}")
            for name in ("mean", "variance")
        )
        session.run(v1.global_variables_initializer())
        values = session.run(output.values)
        assert session.run(mean).tolist() == [0.0, 0.0]
        session.run(output.updates)
        np.testing.assert_allclose(session.run(mean), 0.001 * inputs.mean(0), rtol=1e-5)
        np.testing.assert_allclose(session.run(variance), 0.999 + 0.001 * inputs.var(0), rtol=1e-5)
    np.testing.assert_allclose(values, [[-1, -1], [1, 1]], atol=1e-3)


def test_without_training_the_moving_averages_count() -> None:
    with tf.Graph().as_default(), v1.Session() as session:
        output = batch_norm(tf.constant([[1.0], [3.0]]), False, "net/norm")
        session.run(v1.global_variables_initializer())
        np.testing.assert_allclose(session.run(output.values), [[1.0], [3.0]], rtol=1e-3)
        assert output.updates == []
