from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright import estimator as tfe
from trainwright.errors import InvalidArgumentError
from trainwright.estimator.engine.compilable import _COMPILABLE, _RANDOM, cut
from trainwright.estimator.engine.step_graph import all_operations

v1 = tf.compat.v1
fc = tf.feature_column
DRAW = np.random.RandomState(0)
FEATURES = {
    "a": DRAW.rand(150, 1).astype(np.float32),
    "c": np.array([[f"name {index % 20}"] for index in range(150)]),
}
LABELS = (DRAW.rand(150, 1) > 0.5).astype(np.int64)


def input_fn() -> Any:
    """Nine batches of 16, then one of 6, and so on."""
    return tf.data.Dataset.from_tensor_slices((FEATURES, LABELS)).batch(16).repeat(4)


def combined(model_dir: str, config: Any) -> Any:
    names = fc.categorical_column_with_vocabulary_list("c", [f"name {i}" for i in range(15)])
    return tfe.DNNLinearCombinedClassifier(
        linear_feature_columns=[names],
        dnn_feature_columns=[fc.numeric_column("a"), fc.indicator_column(names)],
        dnn_hidden_units=[8, 4],
        model_dir=model_dir,
        config=config,
    )


def custom(network: Any) -> Any:
    def model_fn(features: Any, labels: Any, mode: str) -> Any:
        output = network(features)
        loss = tf.reduce_mean((output - tf.cast(labels, tf.float32)) ** 2)
        train_op = v1.train.AdamOptimizer(0.1).minimize(loss, v1.train.get_global_step())
        return tfe.EstimatorSpec(mode, loss=loss, train_op=train_op)

    return lambda model_dir, config: tfe.Estimator(model_fn, model_dir, config)


def dense(features: Any) -> Any:
    return features["a"] @ v1.get_variable("weights", [1, 1])


def with_noise(features: Any) -> Any:
    return dense(features) + tf.random.normal([1])


def without_products(features: Any) -> Any:
    return features["a"] * v1.get_variable("weights", [])


@pytest.mark.parametrize(
    "make", [combined, custom(dense), custom(with_noise)], ids=["combined", "custom", "noise"]
)
def test_compiled_steps_do_the_same(train, make):
    ordinary = train(make, input_fn)
    compiled = train(make, input_fn, config={"jit_compile": True})
    assert compiled.variables["global_step"] == 40
    assert compiled.watcher.examples == ordinary.watcher.examples == 600
    assert compiled.watcher.checkpoints == ordinary.watcher.checkpoints
    for name, value in ordinary.variables.items():
        np.testing.assert_allclose(compiled.variables[name], value, atol=1e-4, err_msg=name)


def test_what_is_not_compiled(train):
    with pytest.raises(InvalidArgumentError, match="there is no product of matrices"):
        train(custom(without_products), input_fn, config={"jit_compile": True}, max_steps=5)


def test_random_ops_with_a_state_are_not_compiled():
    with tf.Graph().as_default():
        product = tf.random.uniform([2, 2]) @ tf.ones([2, 2])
        reason = cut(all_operations([product]))
    assert isinstance(reason, str)
    assert reason.startswith("it draws random numbers ('random_uniform/RandomUniform')")


def test_no_kind_of_random_op_is_compiled():
    assert not [kind for kind in _COMPILABLE if any(word in kind for word in _RANDOM)]


def test_compiled_steps_are_fused_ones():
    with pytest.raises(ValueError, match="jit_compile=True compiles fused steps"):
        tfe.RunConfig(jit_compile=True, fused=False)
