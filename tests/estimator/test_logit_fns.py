from __future__ import annotations

import contextlib
from typing import Any

import pytest
import tensorflow as tf

from trainwright.estimator import Estimator, EstimatorSpec
from trainwright.estimator.experimental import call_logit_fn
from trainwright.estimator.logit_fns import dnn_logit_fn_builder, linear_logit_fn_builder

v1 = tf.compat.v1
fc = tf.feature_column
X = fc.numeric_column("x")
HOUR = fc.categorical_column_with_identity("hour", 5)
FEATURES = {"x": [[1.0], [2.0]], "hour": [[1], [3]]}


def deep(batch_norm: bool = False, partitioner: Any = None) -> Any:
    columns = [X, fc.embedding_column(HOUR, 2)]
    return dnn_logit_fn_builder(2, [3], columns, tf.nn.relu, None, partitioner, batch_norm)


def tensors() -> dict[str, Any]:
    return {name: tf.constant(value) for name, value in FEATURES.items()}


def names() -> list[str]:
    return sorted(variable.op.name for variable in v1.global_variables())


# What 2.15 gave, without a variable scope and in the scope "net".
@pytest.mark.parametrize(("scope", "prefix"), [(None, ""), ("net", "net/")])
def test_deep_names_are_those_of_2_15(scope: str | None, prefix: str) -> None:
    with tf.Graph().as_default():
        with v1.variable_scope(scope) if scope else contextlib.nullcontext():
            logits = deep(batch_norm=True)(tensors(), "train")
        tags = [each.op.name for each in v1.get_collection(v1.GraphKeys.SUMMARIES)]
        updates = v1.get_collection(v1.GraphKeys.UPDATE_OPS)
        assert names() == [
            f"{prefix}hiddenlayer_0/batchnorm_0/beta",
            f"{prefix}hiddenlayer_0/batchnorm_0/gamma",
            f"{prefix}hiddenlayer_0/batchnorm_0/moving_mean",
            f"{prefix}hiddenlayer_0/batchnorm_0/moving_variance",
            f"{prefix}hiddenlayer_0/bias",
            f"{prefix}hiddenlayer_0/kernel",
            f"{prefix}input_from_feature_columns/input_layer/hour_embedding/embedding_weights",
            f"{prefix}logits/bias",
            f"{prefix}logits/kernel",
        ]
    assert logits.op.name == f"{prefix}logits/BiasAdd"
    assert len(updates) == 2
    layer = "net/net" if scope else "dnn"
    assert tags == [
        f"{layer}/hiddenlayer_0/fraction_of_zero_values",
        f"{layer}/hiddenlayer_0/activation",
        f"{layer}/logits/fraction_of_zero_values",
        f"{layer}/logits/activation",
    ]


@pytest.mark.parametrize(("scope", "prefix"), [(None, ""), ("net", "net/")])
def test_linear_names_are_those_of_2_15(scope: str | None, prefix: str) -> None:
    with tf.Graph().as_default():
        with v1.variable_scope(scope) if scope else contextlib.nullcontext():
            logits = linear_logit_fn_builder(2, [X, HOUR])(tensors())
        tags = [each.op.name for each in v1.get_collection(v1.GraphKeys.SUMMARIES)]
        assert names() == [
            f"{prefix}linear_model/bias_weights",
            f"{prefix}linear_model/hour/weights",
            f"{prefix}linear_model/x/weights",
        ]
    assert logits.op.name == f"{prefix}linear_model/linear_model/linear_model/weighted_sum"
    assert tags == [f"{prefix}bias", f"{prefix}fraction_of_zero_weights"]


def test_a_partitioner_splits_the_input_layer_alone() -> None:
    with tf.Graph().as_default():
        deep(partitioner=v1.fixed_size_partitioner(2))(tensors(), "eval")
        weights = "input_from_feature_columns/input_layer/hour_embedding/embedding_weights"
        split = [name for name in names() if "part_" in name]
        assert split == [f"{weights}/part_0", f"{weights}/part_1"]


@pytest.mark.parametrize("units", [0, 2.5, [2], None, True])
@pytest.mark.parametrize(
    "build",
    [
        lambda units: dnn_logit_fn_builder(units, [3], [X], None, None, None, False),
        lambda units: linear_logit_fn_builder(units, [X]),
    ],
)
def test_units_must_be_a_positive_int(build: Any, units: Any) -> None:
    with pytest.raises(ValueError, match=r"units must be an int in the range \[1, inf\)"):
        build(units)


def test_features_must_be_named() -> None:
    for logit_fn in (lambda x: deep()(x, "infer"), linear_logit_fn_builder(1, [X])):
        with tf.Graph().as_default(), pytest.raises(ValueError, match="must be a dict of Tensors"):
            logit_fn(tf.zeros([2, 1]))


def test_they_make_a_model_fn() -> None:
    deep_fn, linear_fn = deep(), linear_logit_fn_builder(2, [HOUR])

    def model_fn(features: Any, labels: Any, mode: str, params: Any, config: Any) -> Any:
        logits = sum(
            call_logit_fn(logit_fn, features, mode, params, config)
            for logit_fn in (deep_fn, linear_fn)
        )
        loss = v1.losses.sparse_softmax_cross_entropy(labels, logits)
        step = v1.train.AdagradOptimizer(0.5).minimize(loss, v1.train.get_global_step())
        return EstimatorSpec(mode, loss=loss, train_op=step)

    def input_fn() -> Any:
        return tf.data.Dataset.from_tensors((FEATURES, [0, 1])).repeat()

    estimator = Estimator(model_fn)
    before = estimator.evaluate(input_fn, steps=1)["loss"]
    after = estimator.train(input_fn, steps=20).evaluate(input_fn, steps=1)["loss"]
    assert after < before / 2
