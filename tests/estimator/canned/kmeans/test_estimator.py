"""Clustering: what it refuses, its errors, its signatures, and going on from checkpoints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright import estimator as tfe
from trainwright.errors import InvalidArgumentError, TrainingError
from trainwright.estimator.experimental import KMeans

fc = tf.feature_column
POINTS = np.array([[0, 0], [0, 2], [9, 9], [9, 7]], np.float32)


def all_points() -> Any:
    return tf.constant(POINTS)


def once() -> Any:
    return tf.data.Dataset.from_tensor_slices(POINTS).batch(4)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> KMeans:
    """Two clusters, trained to the end."""
    kmeans = KMeans(
        2,
        model_dir=str(tmp_path_factory.mktemp("kmeans")),
        initial_clusters=POINTS[[0, 2]],
        use_mini_batch=False,
        relative_tolerance=1e-3,
    )
    return kmeans.train(all_points, steps=50)  # type: ignore[return-value]


def test_training_stops_when_the_loss_changes_no_more(trained: KMeans) -> None:
    assert trained.get_variable_value("global_step") == 3


def test_points_lie_with_their_centers(trained: KMeans) -> None:
    np.testing.assert_allclose(trained.cluster_centers(), [[0, 1], [9, 8]], atol=1e-4)
    assert list(trained.predict_cluster_index(once)) == [0, 0, 1, 1]
    np.testing.assert_allclose(next(trained.transform(once)), [1, np.sqrt(145)], rtol=1e-4)
    assert trained.score(once) == pytest.approx(4.0, rel=1e-4)


def test_distances_that_rounding_makes_negative_are_nought() -> None:
    points = np.full([1, 2], 1234.5678, np.float32)
    kmeans = KMeans(1, initial_clusters=points).train(lambda: tf.constant(points), steps=1)
    assert isinstance(kmeans, KMeans)
    (distance,) = next(kmeans.transform(lambda: tf.data.Dataset.from_tensors(points)))
    assert distance >= 0.0


def test_signatures_are_those_of_2_15(trained: KMeans, tmp_path: Path) -> None:
    def receiver_fn() -> Any:
        points = tf.compat.v1.placeholder(tf.float32, [None, 2])
        return tfe.export.TensorServingInputReceiver(points, {"points": points})

    path = trained.export_saved_model(str(tmp_path), receiver_fn).decode()
    signatures = tf.saved_model.load(path).signatures
    assert set(signatures) == {"all_distances", "cluster_index", "serving_default"}
    index = signatures["serving_default"](points=tf.constant(POINTS))["output"]
    assert index.numpy().tolist() == [0, 0, 1, 1]
    assert index.dtype == tf.int64
    assert signatures["all_distances"](points=tf.constant(POINTS))["output"].shape == (4, 2)


def test_training_goes_on_from_the_centers_it_had(tmp_path: Path) -> None:
    first = KMeans(2, model_dir=str(tmp_path), seed=1).train(once)
    centers = first.get_variable_value("clusters")
    again = KMeans(2, model_dir=str(tmp_path), seed=2)
    again.train(lambda: tf.constant(centers), steps=1)
    np.testing.assert_allclose(again.cluster_centers(), centers, rtol=1e-6)


def test_features_may_come_by_name_or_through_columns() -> None:
    def named() -> Any:
        return {"b": tf.constant(POINTS[:, 1:]), "a": tf.constant(POINTS[:, :1])}

    columns = [tf.compat.v1.feature_column.numeric_column("b"), fc.numeric_column("a")]
    for options in ({}, {"feature_columns": columns}, {"feature_columns": []}):
        kmeans = KMeans(2, initial_clusters=POINTS[[0, 2]], use_mini_batch=False, **options)
        kmeans.train(named, steps=2)
        np.testing.assert_allclose(kmeans.cluster_centers(), [[0, 1], [9, 8]], atol=1e-4)


def test_an_input_that_ends_too_early_is_an_error() -> None:
    with pytest.raises(TrainingError, match="when 4 of 6 initial cluster centers were found"):
        KMeans(6).train(once)


def test_kmeans_plus_plus_needs_all_points_at_once() -> None:
    with pytest.raises(tf.errors.InvalidArgumentError, match="from the first batch"):
        KMeans(6, initial_clusters="kmeans_plus_plus").train(once)


def test_a_function_must_not_give_too_many_centers() -> None:
    kmeans = KMeans(2, initial_clusters=lambda inputs, missing: inputs[0][:3])
    with pytest.raises(tf.errors.InvalidArgumentError, match="not give more centers"):
        kmeans.train(once)


def test_random_centers_need_no_seed() -> None:
    for initial in ("random", "kmeans_plus_plus"):
        kmeans = KMeans(2, initial_clusters=initial).train(once)
        assert kmeans.get_variable_value("clusters").shape == (2, 2)


def test_a_model_that_is_not_trained_says_so() -> None:
    with pytest.raises(ValueError, match="no trained model"):
        KMeans(2).cluster_centers()
    with pytest.raises(tf.errors.InvalidArgumentError, match="trained first"):
        KMeans(2).score(once)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_clusters": 0}, "num_clusters must be an int"),
        ({"num_clusters": 2.5}, "num_clusters must be an int"),
        ({"mini_batch_steps_per_iteration": 0}, "mini_batch_steps_per_iteration must be an int"),
        ({"distance_metric": "cosin"}, "Got 'cosin'.*Did you mean \"cosine\""),
        ({"distance_metric": 3}, "distance_metric must be one of .* Got 3"),
        ({"initial_clusters": "randon"}, "Got 'randon'.*Did you mean \"random\""),
        ({"initial_clusters": [1.0, 2.0]}, "a matrix with a center in each row"),
        ({"initial_clusters": 3}, "a matrix with a center in each row"),
        ({"initial_clusters": [["a"]]}, "a matrix with a center in each row"),
    ],
)
def test_wrong_arguments_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        KMeans(**{"num_clusters": 2, **options})


@pytest.mark.parametrize(
    "features",
    [
        lambda: tf.constant([1.0, 2.0]),
        lambda: tf.constant([[1, 2]]),
        lambda: tf.constant([[1.0]], tf.float64),
        lambda: tf.sparse.from_dense([[1.0]]),
        lambda: {"a": tf.constant([1.0])},
    ],
)
def test_points_must_be_a_float_matrix(features: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"float32 tensor \[points, coordinates\]"):
        KMeans(2).train(features, steps=1)


def test_labels_are_refused() -> None:
    with pytest.raises(ValueError, match="labels"):
        KMeans(2).train(lambda: (tf.constant(POINTS), tf.constant([1])), steps=1)
