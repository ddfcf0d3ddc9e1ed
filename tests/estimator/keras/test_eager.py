from __future__ import annotations

import pytest
import tensorflow as tf

from trainwright.estimator.keras.eager import eagerly


def test_functions_run_eagerly_wherever_they_are_called() -> None:
    variable = tf.Variable(2.0)
    assert eagerly(lambda: float(variable.numpy())) == 2.0
    with tf.Graph().as_default():
        assert eagerly(lambda: float(variable.numpy())) == 2.0
        assert not tf.executing_eagerly()


def test_errors_come_through() -> None:
    def fail() -> None:
        raise KeyError("why")

    with tf.Graph().as_default(), pytest.raises(KeyError, match="why"):
        eagerly(fail)
