from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.estimator.initial_values import filled, glorot_uniform, zeros

v1 = tf.compat.v1


@pytest.mark.parametrize("shape", [[], [3], [2, 3], [5000, 2]])
@pytest.mark.parametrize("dtype", [tf.float32, tf.int64])
def test_filled_is_of_one_value(shape: list[int], dtype: tf.DType) -> None:
    made = filled(2, shape, dtype)
    assert made.dtype == dtype
    np.testing.assert_array_equal(made, np.full(shape, 2))


def test_large_tensors_are_no_constants() -> None:
    with tf.Graph().as_default():
        assert filled(0.0, [64, 64], tf.float32).op.type == "Const"
        assert filled(0.0, [64, 65], tf.float32).op.type == "Fill"


def initial(initializer: Any, partitioner: Any = None) -> Any:
    with tf.Graph().as_default(), v1.Session() as session:
        v1.set_random_seed(3)
        variable = v1.get_variable(
            "kernel", [30, 20], tf.float32, initializer, partitioner=partitioner
        )
        session.run(v1.global_variables_initializer())
        return session.run(tf.convert_to_tensor(variable))


@pytest.mark.parametrize("partitioner", [None, v1.fixed_size_partitioner(3)])
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(zeros, tf.zeros_initializer()), (glorot_uniform, v1.glorot_uniform_initializer())],
)
def test_values_are_those_of_tensorflow(ours: Any, theirs: Any, partitioner: Any) -> None:
    found, expected = initial(ours, partitioner), initial(theirs, partitioner)
    if partitioner is None:
        np.testing.assert_array_equal(found, expected)
    else:  # the seeds of later parts follow from the number of ops before
        np.testing.assert_array_equal(found[0], expected[0])
    assert np.abs(found).max() <= np.sqrt(6 / (30 + 20))
