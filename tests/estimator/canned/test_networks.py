from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.canned.networks import (
    DeepNetwork,
    LinearNetwork,
    activation_function,
    baseline,
)

v1 = tf.compat.v1
fc = tf.feature_column
X = fc.numeric_column("x")
FEATURES = {"x": np.ones([50, 1], np.float32)}


@pytest.mark.parametrize("hidden_units", [[0], [-1], ["a"], [2.5], None, 3, [True], "12"])
def test_hidden_units_must_be_positive_integers(hidden_units: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"hidden_units must be a list of ints"):
        DeepNetwork(hidden_units, [X])


@pytest.mark.parametrize("dropout", [-0.1, 1.0, 1.5])
def test_dropout_must_be_a_share(dropout: float) -> None:
    with pytest.raises(
        InvalidArgumentError, match=r"dropout must be a float in the range \[0, 1\)"
    ):
        DeepNetwork([2], [X], dropout=dropout)


@pytest.mark.parametrize(("mode", "drops"), [("train", True), ("eval", False), ("infer", False)])
def test_dropout_is_for_training_and_anew_each_step(mode: str, drops: bool) -> None:
    with tf.Graph().as_default():
        network = DeepNetwork([40], [X], activation_fn=tf.nn.softplus, dropout=0.5)
        output = network({"x": tf.constant(FEATURES["x"])}, mode, 3)
        assert output.logits.shape == [50, 3]
        with v1.Session() as session:
            session.run(v1.global_variables_initializer())
            first, second = session.run(output.logits), session.run(output.logits)
    assert (not np.allclose(first, second)) == drops


def test_batch_norm_offers_updates_while_training_only() -> None:
    for mode, updates in (("train", 2), ("eval", 0)):
        with tf.Graph().as_default():
            output = DeepNetwork([2], [X], batch_norm=True)(FEATURES, mode, 1)
            assert len(output.updates) == updates
            assert len(output.trainable) == 6


def test_embeddings_that_are_not_to_be_trained_are_not() -> None:
    word = fc.categorical_column_with_identity("word", 3)
    column = fc.embedding_column(word, 2, trainable=False)
    with tf.Graph().as_default():
        output = DeepNetwork([], [column])({"word": tf.constant([[0], [1]])}, "train", 1)
        assert [variable.op.name for variable in output.trainable] == [
            "dnn/logits/kernel",
            "dnn/logits/bias",
        ]


@pytest.mark.parametrize("activation", [tf.nn.relu, "relu"])
def test_activations_by_function_or_name(activation: Any) -> None:
    made = activation_function(activation)
    assert made is not None
    assert made(tf.constant([-1.0, 2.0])).numpy().tolist() == [0.0, 2.0]


def test_no_activation_is_none_and_an_unknown_one_an_error() -> None:
    assert activation_function(None) is None
    with pytest.raises(InvalidArgumentError, match="activation_fn must be a function"):
        activation_function("reluu")


def test_linear_summaries_are_scalars_for_one_unit_and_a_histogram_for_several() -> None:
    for units, kind in ((1, "ScalarSummary"), (3, "HistogramSummary")):
        with tf.Graph().as_default() as graph:
            LinearNetwork([X])(FEATURES, units)
            assert graph.get_operation_by_name("bias").type == kind
            assert graph.get_operation_by_name("fraction_of_zero_weights").type == "ScalarSummary"


def test_deep_summaries() -> None:
    with tf.Graph().as_default():
        DeepNetwork([2, 2], [X])(FEATURES, "train", 1)
        names = [summary.op.name for summary in v1.get_collection(v1.GraphKeys.SUMMARIES)]
    layers = ("hiddenlayer_0", "hiddenlayer_1", "logits")
    assert names == [
        f"dnn/{layer}/{tag}"
        for layer in layers
        for tag in ("fraction_of_zero_values", "activation")
    ]


@pytest.mark.parametrize(
    "make_features",
    [
        lambda: {"x": tf.zeros([5])},
        lambda: tf.zeros([5, 2]),
        lambda: {"x": tf.SparseTensor([[0, 0]], ["a"], [5, 1])},
    ],
)
def test_a_baseline_takes_the_batch_size_of_any_feature(make_features: Any) -> None:
    with tf.Graph().as_default(), v1.Session() as session:
        logits = baseline(make_features(), 2).logits
        session.run(v1.global_variables_initializer())
        assert session.run(logits).shape == (5, 2)


def test_a_baseline_needs_a_feature() -> None:
    with pytest.raises(ValueError, match="features must hold at least one tensor"):
        baseline({}, 1)


def test_names_are_below_the_open_variable_scope() -> None:
    with tf.Graph().as_default(), v1.variable_scope("wide"):
        network = DeepNetwork([2], [X], dropout=0.5, batch_norm=True, scope="")
        logits = network(FEATURES, "train", 1).logits
        linear = LinearNetwork([X], scope="")(FEATURES, 1)
        names = [variable.op.name for variable in v1.global_variables()]
        tags = [summary.op.name for summary in v1.get_collection(v1.GraphKeys.SUMMARIES)]
    assert logits.op.name == "wide/logits/BiasAdd"
    assert linear.logits.op.name == "wide/linear_model/linear_model/linear_model/weighted_sum"
    assert len(linear.trainable) == 2
    assert all(name.startswith(("wide/hidden", "wide/logits/", "wide/linear")) for name in names)
    assert tags[0] == "wide/wide/hiddenlayer_0/fraction_of_zero_values"
    assert tags[-1] == "wide/fraction_of_zero_weights"


def test_a_partitioner_leaves_moving_averages_whole() -> None:
    halves = v1.fixed_size_partitioner(2)
    with tf.Graph().as_default(), v1.Session() as session:
        with v1.variable_scope("", partitioner=halves):
            output = DeepNetwork([4], [X], batch_norm=True)(FEATURES, "train", 2)
        names = {variable.op.name for variable in v1.global_variables()}
        session.run(v1.global_variables_initializer())
        assert session.run(output.logits).shape == (50, 2)
    norm = "dnn/hiddenlayer_0/batchnorm_0"
    assert {f"{norm}/gamma/part_1", f"{norm}/moving_mean", f"{norm}/moving_variance"} <= names


def test_networks_that_reuse_variables_train_them() -> None:
    with tf.Graph().as_default():
        for network in (LinearNetwork([X]), DeepNetwork([2], [X])):
            made = []
            for _ in range(2):
                with v1.variable_scope(v1.get_variable_scope(), reuse=v1.AUTO_REUSE):
                    mode = () if isinstance(network, LinearNetwork) else ("train",)
                    made.append(network(FEATURES, *mode, 1).trainable)
            assert [v.name for v in made[0]] == [v.name for v in made[1]] != []
