from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.estimator.canned.summaries import summarize_layer, summarize_linear

v1 = tf.compat.v1


def _shown(serialized: bytes) -> dict[str, Any]:
    values = v1.Summary.FromString(serialized).value
    return {v.tag: v.simple_value for v in values if v.HasField("simple_value")}


@pytest.mark.parametrize(
    "values",
    [
        np.array([[0.0, -0.0, 1.0], [np.nan, 0.0, np.inf]], np.float32),
        np.zeros([0, 3], np.float32),
        np.random.default_rng(1).integers(0, 2, [77, 3]).astype(np.float32),
    ],
)
def test_the_share_of_zeros_is_that_of_tensorflow(values: Any) -> None:
    with tf.Graph().as_default() as graph, v1.Session() as session:
        layer = v1.placeholder(tf.float32, [None, 3])
        summarize_layer(layer, "layer")
        assert not any(op.type in ("If", "StatelessIf") for op in graph.get_operations())
        scalar, _ = v1.get_collection(v1.GraphKeys.SUMMARIES)
        expected = tf.math.zero_fraction(layer)
        expected, serialized = session.run([expected, scalar], {layer: values})
    share = _shown(serialized)["layer/fraction_of_zero_values"]
    np.testing.assert_array_equal(np.float32(share), expected)


def test_linear_weights_and_bias_are_summarized() -> None:
    with tf.Graph().as_default(), v1.Session() as session:
        weights = [
            v1.get_variable("a", initializer=[[0.0], [1.0], [0.0]]),
            v1.get_variable("b", initializer=[[-0.0], [2.0]]),
        ]
        bias = v1.get_variable("b0", initializer=[0.5])
        summarize_linear(weights, bias)
        session.run(v1.global_variables_initializer())
        shown = _shown(session.run(v1.summary.merge_all()))
    assert shown["bias"] == 0.5
    assert shown["fraction_of_zero_weights"] == np.float32(1.0) - np.float32(2.0) / np.float32(5.0)
