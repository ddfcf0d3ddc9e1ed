from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.estimator.compat import v1 as tfe

v1 = tf.compat.v1
fc = tf.feature_column
X = fc.numeric_column("x")
HOUR = fc.categorical_column_with_identity("hour", 5)
COLUMNS = [X, fc.embedding_column(HOUR, 2)]
FEATURES = {"x": [[1.0], [2.0]], "hour": [[1], [3]]}


def input_fn() -> Any:
    return tf.data.Dataset.from_tensors((FEATURES, [[0], [1]])).repeat()


def combined(**options: Any) -> Any:
    given = {
        "linear_feature_columns": [HOUR],
        "dnn_feature_columns": COLUMNS,
        "dnn_hidden_units": [3],
    }
    return tfe.DNNLinearCombinedClassifier(**given | options)


def built(estimator: Any, mode: str = "train") -> Any:
    """The spec of a model in the current graph."""
    v1.train.create_global_step()
    features = {name: tf.constant(value) for name, value in FEATURES.items()}
    return estimator.model_fn(features, tf.constant([[0], [1]]), mode, estimator.config)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tfe.DNNClassifier(3, COLUMNS), "hidden_units must be a list of ints"),
        (lambda: tfe.DNNClassifier([3], COLUMNS, dropout=1.5), "dropout must be a float"),
        (lambda: tfe.DNNClassifier([3], COLUMNS, n_classes=1), "n_classes must be an int of 3"),
        (lambda: tfe.DNNRegressor([3], COLUMNS, label_dimension=0), "label_dimension"),
        (lambda: tfe.DNNEstimator(None, [3], COLUMNS), "head must be a Head"),
        (lambda: tfe.LinearEstimator(3, [X]), "head must be a Head"),
        (lambda: tfe.BaselineEstimator("head"), "head must be a Head"),
        (lambda: tfe.LinearClassifier([X], partitioner=2), "partitioner must be a function such"),
        (
            lambda: tfe.DNNClassifier([3], COLUMNS, input_layer_partitioner=2),
            "input_layer_partitioner must be a function such",
        ),
        (lambda: combined(input_layer_partitioner=2), "input_layer_partitioner must be a function"),
        (lambda: combined(dnn_hidden_units=None), "without dnn_hidden_units"),
        (
            lambda: combined(linear_feature_columns=None, dnn_feature_columns=None),
            "needs linear_feature_columns, dnn_feature_columns or both",
        ),
    ],
)
def test_wrong_arguments_are_told_when_it_is_made(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tfe.DNNClassifier([3], []), "feature_columns must not be empty"),
        (lambda: tfe.DNNClassifier([3], [HOUR]), "takes columns that are numbers"),
        (lambda: tfe.LinearClassifier(["x"]), "must be made by functions of tf.feature_column"),
        (lambda: tfe.LinearClassifier([X, X]), "Two of feature_columns have the name"),
        (lambda: tfe.LinearClassifier([X], sparse_combiner="max"), "sparse_combiner must be one"),
        (lambda: tfe.LinearClassifier([X], weight_column="nope"), "needs the feature 'nope'"),
        (lambda: tfe.LinearClassifier([X], optimizer="sgd"), "Unknown optimizer name 'sgd'"),
        (lambda: tfe.BaselineClassifier(optimizer=None), "Got None instead"),
        (lambda: combined(dnn_optimizer=None), "Got None instead"),
    ],
)
def test_wrong_arguments_are_told_when_the_graph_is_built(make: Any, message: str) -> None:
    with tf.Graph().as_default(), pytest.raises(ValueError, match=message):
        built(make())


def test_features_must_be_named() -> None:
    for estimator in (tfe.DNNClassifier([3], [X]), tfe.LinearClassifier([X]), combined()):
        with tf.Graph().as_default(), pytest.raises(ValueError, match="must be a dict of Tensors"):
            estimator.model_fn(tf.zeros([2, 1]), tf.zeros([2, 1]), "train", estimator.config)


# As 2.15 split them for three parameter servers.
@pytest.mark.parametrize(
    ("make", "pieces"),
    [
        (
            lambda config, column: tfe.DNNClassifier(
                [70_000, 2], [fc.embedding_column(column, 16)], config=config, batch_norm=True
            ),
            {
                "dnn/input_from_feature_columns/input_layer/id_embedding/embedding_weights": 3,
                "dnn/hiddenlayer_0/kernel": 3,
                "dnn/hiddenlayer_0/bias": 2,
                "dnn/hiddenlayer_0/batchnorm_0/gamma": 2,
                "dnn/hiddenlayer_1/kernel": 3,
                "dnn/logits/kernel": 1,
            },
        ),
        (
            lambda config, column: tfe.LinearClassifier([column], config=config),
            {"linear/linear_model/id/weights": 1, "linear/linear_model/bias_weights": 1},
        ),
        (
            lambda config, column: tfe.DNNLinearCombinedClassifier(
                linear_feature_columns=[column],
                dnn_feature_columns=[fc.embedding_column(column, 16)],
                dnn_hidden_units=[70_000],
                config=config,
            ),
            {
                "linear/linear_model/id/weights": 1,
                "dnn/logits/kernel": 2,
                "dnn/input_from_feature_columns/input_layer/id_embedding/embedding_weights": 3,
            },
        ),
    ],
)
def test_large_variables_are_split_among_parameter_servers(
    make: Any, pieces: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = {"chief": ["a:1"], "ps": ["b:1", "c:1", "d:1"]}
    task = {"type": "chief", "index": 0}
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": cluster, "task": task}))
    config = tfe.RunConfig()
    with tf.Graph().as_default():
        features = {"id": tf.constant([[1], [2]])}
        column = fc.categorical_column_with_identity("id", 3_000_000)
        estimator = make(config, column)
        estimator.model_fn(features, tf.constant([[0], [1]]), "eval", config)
        made = Counter(
            variable.op.name.partition("/part_")[0] for variable in v1.global_variables()
        )
    assert {name: made[name] for name in pieces} == pieces


@pytest.mark.parametrize(
    ("make", "slot"),
    [
        (
            lambda head, **k: tfe.DNNEstimator(head, [3], COLUMNS, **k),
            "dnn/logits/bias/t_0/Adagrad",
        ),
        (
            lambda head, **k: tfe.LinearEstimator(head, [HOUR], **k),
            "linear/linear_model/bias_weights/part_0/Ftrl",
        ),
        (lambda head, **k: tfe.BaselineEstimator(head, **k), "baseline/bias/Ftrl"),
    ],
)
def test_estimators_train_for_public_heads(make: Any, slot: str, tmp_path: Path) -> None:
    estimator = make(tfe.BinaryClassHead(), model_dir=str(tmp_path))
    estimator.train(input_fn, steps=2)
    assert slot in estimator.get_variable_names()
    assert estimator.evaluate(input_fn, steps=1)["global_step"] == 2
    (logits,) = next(estimator.predict(input_fn))["logits"]
    assert np.isfinite(logits)


def test_moving_averages_move_whatever_the_head(tmp_path: Path) -> None:
    estimator = tfe.DNNLinearCombinedEstimator(
        tfe.RegressionHead(),
        str(tmp_path),
        dnn_feature_columns=COLUMNS,
        dnn_hidden_units=[3],
        dnn_activation_fn=tf.nn.softplus,
        batch_norm=True,
    )
    estimator.train(input_fn, steps=1)
    name = "dnn/hiddenlayer_0/batchnorm_0/moving_mean"
    assert np.all(estimator.get_variable_value(name) > 0)


def test_partitioned_variables_warm_start(tmp_path: Path) -> None:
    def made(folder: str, **options: Any) -> Any:
        return tfe.DNNClassifier([3], COLUMNS, str(tmp_path / folder), optimizer="SGD", **options)

    first = made("first", input_layer_partitioner=v1.fixed_size_partitioner(2))
    first.train(input_fn, steps=3)
    settings = tfe.WarmStartSettings(first.model_dir, vars_to_warm_start=".*embedding.*")
    optimizer = v1.train.GradientDescentOptimizer(0.0)
    second = tfe.DNNClassifier(
        [3],
        COLUMNS,
        str(tmp_path / "second"),
        optimizer=optimizer,
        warm_start_from=settings,
        input_layer_partitioner=v1.fixed_size_partitioner(3),
    )
    second.train(input_fn, steps=1)
    name = "dnn/input_from_feature_columns/input_layer/hour_embedding/embedding_weights"
    np.testing.assert_array_equal(first.get_variable_value(name), second.get_variable_value(name))


def test_columns_may_come_from_a_generator() -> None:
    estimator = tfe.DNNClassifier([3], (column for column in COLUMNS))
    for mode in ("train", "eval"):
        with tf.Graph().as_default():
            built(estimator, mode)
