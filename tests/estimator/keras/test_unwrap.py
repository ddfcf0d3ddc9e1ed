from __future__ import annotations

import keras
import tensorflow as tf

from trainwright.estimator.keras.unwrap import tensorflow_variable


def test_keras_variables_are_unwrapped_and_others_left() -> None:
    inner = tensorflow_variable(keras.Variable(1.0))
    assert isinstance(inner, tf.Variable)
    assert tensorflow_variable(inner) is inner
    tensor = tf.constant(1.0)
    assert tensorflow_variable(tensor) is tensor
    assert tensorflow_variable("name") == "name"


def test_mixed_precision_makes_no_difference() -> None:
    seen = []

    class Looking(keras.layers.Layer):
        def build(self, shape: object) -> None:
            self.weight = self.add_weight(shape=[1])

        def call(self, inputs: tf.Tensor) -> tf.Tensor:
            seen.append(tensorflow_variable(self.weight))
            return inputs * self.weight

    Looking(dtype="mixed_float16")(tf.ones([1, 1]))
    assert all(isinstance(variable, tf.Variable) for variable in seen)
