"""Clusterings and their points, to be built with TensorFlow 2.15 or ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from canned_cases import LossRecorder, read_checkpoint

fc = tf.feature_column

BATCH = 12


class Case(NamedTuple):
    """A clustering and its points.

    Args:
        make: a function of ``model_dir``.
        input_fn: gives the points, without end.
        steps: how long to train, twice.
    """

    make: Callable[..., Any]
    input_fn: Callable[[], Any]
    steps: int = 4


def points() -> Any:
    """Four batches of points around three places, float32."""
    draw = np.random.RandomState(0)
    places = draw.choice(3, 4 * BATCH)
    return (np.array([[0, 1], [4, 3], [-3, 2]])[places] + draw.normal(size=[4 * BATCH, 2])).astype(
        np.float32
    )


def all_points() -> Any:
    """All of them in each batch."""
    return tf.constant(points())


def batches() -> Any:
    """Some of them in each batch."""
    return tf.data.Dataset.from_tensor_slices(points()).batch(BATCH).repeat()


def named_batches() -> Any:
    """The same, each coordinate a feature; one more is there twice."""
    values = points()
    named = {"b": values[:, :1], "a": values}
    return tf.data.Dataset.from_tensor_slices(named).batch(BATCH).repeat()


def first_rows(inputs: Any, missing: Any) -> Any:
    """Two centers at a time, or one if only one is missing."""
    return inputs[0][: tf.minimum(missing, 2)]


def all_cases(make: Any) -> dict[str, Case]:
    """All cases by name.

    Args:
        make: the class of the clustering.
    """
    first = points()[:4]

    def case(input_fn: Any, **options: Any) -> Case:
        clusters = options.pop("clusters", 4)
        return Case(lambda **given: make(clusters, **options, **given), input_fn)

    columns = [fc.numeric_column("b"), fc.numeric_column("a", shape=(2,))]
    return {
        "full": case(all_points, initial_clusters=first, use_mini_batch=False),
        "full_random": case(all_points, seed=5, use_mini_batch=False),
        "full_plus_plus": case(
            all_points, initial_clusters="kmeans_plus_plus", seed=5, use_mini_batch=False
        ),
        "full_cosine": case(
            all_points, initial_clusters=first, distance_metric="cosine", use_mini_batch=False
        ),
        "tolerance": case(
            all_points, initial_clusters=first, use_mini_batch=False, relative_tolerance=0.12
        ),
        "mini": case(batches, initial_clusters=first),
        "mini_random": case(batches, seed=3),
        "mini_random_many": case(batches, seed=3, clusters=29),
        "mini_function": case(batches, clusters=5, initial_clusters=first_rows),
        "mini_cosine": case(batches, seed=3, distance_metric="cosine"),
        "mini_plus_plus": case(
            batches,
            initial_clusters="kmeans_plus_plus",
            seed=3,
            kmeans_plus_plus_num_retries=4,
            distance_metric="cosine",
        ),
        "synchronized": case(batches, initial_clusters=first, mini_batch_steps_per_iteration=3),
        "synchronized_cosine": case(
            batches,
            initial_clusters=first,
            mini_batch_steps_per_iteration=2,
            distance_metric="cosine",
        ),
        "named": case(named_batches, initial_clusters=np.pad(first, [[0, 0], [1, 0]])),
        "columns": case(
            named_batches,
            initial_clusters=np.pad(first, [[0, 0], [1, 0]]),
            feature_columns=columns,
        ),
    }


def outcome(case: Case, folder: Path, *hooks: Any) -> dict[str, Any]:
    """What a clustering computes, trained and then trained on, as arrays by name."""
    estimator = case.make(model_dir=str(folder))
    recorder = LossRecorder()
    for _ in range(2):
        estimator.train(case.input_fn, steps=case.steps, hooks=[recorder, *hooks])
    batch = BATCH if case.input_fn is not all_points else 4 * BATCH
    once = _one_batch(case.input_fn)
    arrays = {"losses": np.array(recorder.losses, np.float32)}
    arrays |= {f"final/{name}": value for name, value in read_checkpoint(str(folder)).items()}
    metrics = estimator.evaluate(case.input_fn, steps=2)
    arrays |= {f"metrics/{name}": np.asarray(value) for name, value in metrics.items()}
    arrays["score"] = np.asarray(estimator.score(case.input_fn))
    # The root of a distance near nought shows the rounding of the distance magnified.
    arrays["transform_squared"] = np.square(list(estimator.transform(once)))
    arrays["cluster_index"] = np.array(list(estimator.predict_cluster_index(once)))
    predicted = list(estimator.predict(once))
    arrays["all_distances"] = np.array([example["all_distances"] for example in predicted])
    assert len(predicted) == batch
    assert np.array_equal(estimator.cluster_centers(), arrays["final/clusters"])
    return arrays


def _one_batch(input_fn: Callable[[], Any]) -> Callable[[], Any]:
    if input_fn is all_points:
        return lambda: tf.data.Dataset.from_tensors(points())
    return lambda: input_fn().take(1)
