from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.compat import layers
from trainwright.errors import InvalidArgumentError


def test_objects_share_their_kernel(run: Any, global_names: Any) -> None:
    layer = layers.Conv2D(2, 3, name="conv")
    image = tf.ones([1, 5, 5, 1])
    first, second = run([layer(image), layer(image)])
    np.testing.assert_array_equal(first, second)
    assert global_names() == ["conv/kernel", "conv/bias"]
    assert layer.kernel.shape.as_list() == [3, 3, 1, 2]


def test_a_causal_convolution_does_not_see_later_steps(run: Any) -> None:
    layer = layers.Conv1D(1, 3, padding="causal", kernel_initializer="ones")
    steps = tf.reshape([1.0, 2.0, 3.0, 4.0], [1, 4, 1])
    np.testing.assert_allclose(run(layer(steps))[0, :, 0], [1, 3, 6, 9])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kernel_size": [1, 2, 3]}, "kernel_size must be an integer or 2 of them"),
        ({"kernel_size": 2, "strides": "2"}, "strides must be an integer or 2 of them"),
        ({"kernel_size": 2, "padding": "causal"}, "padding must be one of valid, same"),
        ({"kernel_size": 2, "padding": "full"}, "Got 'full' instead"),
        ({"kernel_size": 2, "data_format": "NHWC"}, "data_format must be channels_last"),
    ],
)
def test_wrong_arguments_are_errors(graph: Any, arguments: Any, message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        layers.conv2d(tf.ones([1, 4, 4, 1]), 1, **arguments)


def test_channels_first_puts_the_bias_there(graph: Any) -> None:
    layer = layers.Conv2D(2, 1, data_format="channels_first")
    outputs = layer(tf.ones([1, 3, 4, 5]))
    assert outputs.shape.as_list() == [1, 2, 4, 5]
    assert layer.kernel.shape.as_list() == [1, 1, 3, 2]


def test_sizes_may_be_known_only_when_it_runs(run: Any) -> None:
    image = tf.compat.v1.placeholder(tf.float32, [None, None, None, 1])
    outputs = layers.conv2d_transpose(image, 2, 3, strides=2)
    assert run(outputs, {image: np.ones([1, 2, 3, 1])}).shape == (1, 5, 7, 2)
