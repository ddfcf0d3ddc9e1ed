from __future__ import annotations

import pytest
import tensorflow as tf

from trainwright.estimator.optimizers.eager import eager_number


@pytest.mark.parametrize("make", [tf.constant, tf.Variable])
def test_numbers_are_read_within_a_graph(make: type) -> None:
    value = make(0.5)
    with tf.Graph().as_default():
        assert eager_number(value) == 0.5
