"""LinearSDCA: it finds the optimum, goes on from checkpoints, and says what it is not made for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright import estimator as tfe
from trainwright.errors import InvalidArgumentError, TrainwrightWarning
from trainwright.estimator.compat import v1
from trainwright.estimator.experimental import LinearSDCA

fc = tf.feature_column
X = fc.numeric_column("x", shape=(2,))
DRAW = np.random.RandomState(0)
POINTS = DRAW.normal(size=[20, 2]).astype(np.float32)
NUMBERS = (POINTS @ [1.0, -2.0] + 0.5 + DRAW.normal(0, 0.1, 20)).astype(np.float32)
CLASSES = (NUMBERS > 0).astype(np.int64)


def input_fn(labels: Any, repeat: int = 1, batch: int = 20, **more: Any) -> Callable[[], Any]:
    features = {"x": POINTS, "id": np.array([str(number) for number in range(20)]), **more}

    def made() -> Any:
        return tf.data.Dataset.from_tensor_slices((features, labels)).batch(batch).repeat(repeat)

    return made


def weights_of(estimator: Any) -> Any:
    """The weights of both coordinates, and the bias."""
    names = ("linear/linear_model/x/weights", "linear/linear_model/bias_weights")
    return np.concatenate([np.ravel(estimator.get_variable_value(name)) for name in names])


def design() -> Any:
    return np.concatenate([POINTS, np.ones([20, 1])], 1).astype(np.float64)


def test_the_best_weights_for_squared_loss_are_found() -> None:
    sdca = LinearSDCA("id", symmetric_l2_regularization=2.0)
    estimator = tfe.LinearRegressor([X], optimizer=sdca).train(input_fn(NUMBERS, 40))
    best = np.linalg.solve(design().T @ design() + 2.0 * np.eye(3), design().T @ NUMBERS)
    np.testing.assert_allclose(weights_of(estimator), best, atol=1e-4)


def test_the_best_weights_for_cross_entropy_are_found() -> None:
    estimator = tfe.LinearClassifier([X], optimizer=LinearSDCA("id"))
    estimator.train(input_fn(CLASSES, 40))
    weights = weights_of(estimator)
    probabilities = 1.0 / (1.0 + np.exp(-design() @ weights))
    gradient = design().T @ (probabilities - CLASSES) + weights
    np.testing.assert_allclose(gradient, 0.0, atol=1e-3)


def test_strong_l1_regularization_leaves_no_weight() -> None:
    sdca = LinearSDCA("id", symmetric_l1_regularization=1e3)
    estimator = tfe.LinearRegressor([X], optimizer=sdca).train(input_fn(NUMBERS, 5))
    np.testing.assert_array_equal(np.abs(weights_of(estimator)), 0.0)


def test_training_goes_on_from_checkpoints(tmp_path: Path) -> None:
    def make(name: str) -> Any:
        return tfe.LinearRegressor([X], str(tmp_path / name), optimizer=LinearSDCA("id"))

    one_by_one = input_fn(NUMBERS, 1, batch=1)
    at_once = make("at_once").train(input_fn(NUMBERS, 2, batch=1))
    in_two = make("in_two").train(one_by_one)
    alone = weights_of(in_two)
    make("in_two").train(one_by_one)
    np.testing.assert_allclose(weights_of(in_two), weights_of(at_once), rtol=1e-6)
    assert not np.allclose(weights_of(in_two), alone, rtol=1e-3)


def test_labels_may_be_names() -> None:
    sdca = LinearSDCA("id")
    estimator = tfe.LinearClassifier([X], label_vocabulary=["no", "yes"], optimizer=sdca)
    estimator.train(input_fn(np.array(["no", "yes"])[CLASSES], 20))
    assert estimator.evaluate(input_fn(np.array(["no", "yes"])[CLASSES]))["accuracy"] > 0.9


def test_ids_out_of_the_vocabulary_count_for_nothing() -> None:
    kind = fc.categorical_column_with_vocabulary_list("kind", ["a", "b"])
    estimator = tfe.LinearClassifier([kind], optimizer=LinearSDCA("id"))
    estimator.train(input_fn(CLASSES, kind=np.array(["zz"] * 20)))
    weights = estimator.get_variable_value("linear/linear_model/kind/weights")
    np.testing.assert_array_equal(weights, [[0.0], [0.0]])


def test_summaries_tell_how_good_the_weights_are(tmp_path: Path) -> None:
    config = tfe.RunConfig(save_summary_steps=1)
    estimator = tfe.LinearClassifier([X], str(tmp_path), optimizer=LinearSDCA("id"), config=config)
    estimator.train(input_fn(CLASSES, 30))
    gaps, seen = [], []
    for path in tmp_path.glob("events.*"):
        for event in tf.compat.v1.train.summary_iterator(str(path)):
            for value in event.summary.value:
                if value.tag == "approximate_duality_gap":
                    gaps.append(value.simple_value)
                elif value.tag == "examples_seen":
                    seen.append(value.simple_value)
    assert seen[-1] == 20
    assert abs(gaps[-1]) < 1e-3


@pytest.mark.parametrize(
    "head", [tfe.PoissonRegressionHead(), tfe.LogisticRegressionHead()], ids=["poisson", "logistic"]
)
def test_heads_whose_loss_is_not_the_one_minimized_are_named(head: Any) -> None:
    with pytest.warns(TrainwrightWarning, match=f"squared difference .* {type(head).__name__}"):
        tfe.LinearEstimator(head, [X], optimizer=LinearSDCA("id"))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda o: tfe.LinearClassifier([X], n_classes=3, optimizer=o),
            "two classes apart. Got a head of 3",
        ),
        (
            lambda o: tfe.LinearRegressor([X], label_dimension=2, optimizer=o),
            "predicts one number. Got a head of label_dimension 2",
        ),
        (
            lambda o: tfe.LinearEstimator(tfe.MultiLabelHead(2), [X], optimizer=o),
            "takes a BinaryClassHead or a RegressionHead",
        ),
        (
            lambda o: tfe.LinearClassifier([X], sparse_combiner="mean", optimizer=o),
            'must have the sparse_combiner "sum"',
        ),
    ],
)
def test_models_it_is_not_made_for_are_refused(make: Any, message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        make(LinearSDCA("id"))


def test_only_linear_models_take_it() -> None:
    estimator = tfe.DNNClassifier([2], [X], optimizer=LinearSDCA("id"))
    with pytest.raises(InvalidArgumentError, match="optimizer must be"):
        estimator.train(input_fn(CLASSES))


def test_partitioned_variables_are_refused() -> None:
    split = tf.compat.v1.fixed_size_partitioner(2)
    estimator = v1.LinearClassifier([X], optimizer=LinearSDCA("id"), partitioner=split)
    with pytest.raises(InvalidArgumentError, match="linear/linear_model/x/weights is partitioned"):
        estimator.train(input_fn(CLASSES))


def test_columns_of_matrices_are_refused() -> None:
    kind = fc.indicator_column(fc.categorical_column_with_identity("kind", 2))
    estimator = tfe.LinearClassifier([kind], optimizer=LinearSDCA("id"))
    with pytest.raises(InvalidArgumentError, match="kind_indicator has the shape"):
        estimator.train(input_fn(CLASSES, kind=CLASSES))


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("nothing", "'nothing' is not in the features: id, numbers, square, x"),
        ("numbers", r"must be a string tensor \[batch\]"),
        ("square", r"must be a string tensor \[batch\]"),
    ],
)
def test_example_ids_must_be_strings(column: str, message: str) -> None:
    features = {"numbers": np.arange(20), "square": np.array([["a"]] * 20)}
    estimator = tfe.LinearClassifier([X], optimizer=LinearSDCA(column))
    with pytest.raises(ValueError, match=message):
        estimator.train(input_fn(CLASSES, **features))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"example_id_column": 3}, "must be the name of a feature"),
        ({"num_loss_partitions": 0}, "num_loss_partitions must be an int"),
        ({"num_table_shards": 0}, "num_table_shards must be an int"),
        ({"symmetric_l1_regularization": -1.0}, "l1_regularization must be a number of 0 or more"),
        ({"symmetric_l1_regularization": "1"}, "l1_regularization must be a number of 0 or more"),
        ({"symmetric_l2_regularization": 0.0}, "l2_regularization must be more than 0"),
        ({"symmetric_l2_regularization": -1.0}, "l2_regularization must be a number of 0 or more"),
        ({"adaptive": "yes"}, "adaptive must be a bool"),
    ],
)
def test_wrong_arguments_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        LinearSDCA(**{"example_id_column": "id", **options})
