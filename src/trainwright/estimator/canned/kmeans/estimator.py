"""Clustering by k-means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf

from trainwright.errors import InvalidArgumentError, did_you_mean
from trainwright.estimator.canned.kmeans.convergence import RelativeLossHook
from trainwright.estimator.canned.kmeans.distances import COSINE, METRICS, SQUARED_EUCLIDEAN, Metric
from trainwright.estimator.canned.kmeans.first_centers import (
    KMEANS_PLUS_PLUS,
    RANDOM,
    FirstCentersHook,
    check_first_centers,
    fill_op,
)
from trainwright.estimator.canned.kmeans.points import points_of
from trainwright.estimator.canned.kmeans.updates import train_step
from trainwright.estimator.canned.kmeans.variables import ClusterVariables, trained_centers
from trainwright.estimator.columns.kinds import kept
from trainwright.estimator.core import Estimator
from trainwright.estimator.export.outputs import PredictOutput
from trainwright.estimator.hooks import SessionRunHook
from trainwright.estimator.mode_keys import ModeKeys
from trainwright.estimator.run_config import RunConfig
from trainwright.estimator.spec import EstimatorSpec

v1 = tf.compat.v1


class KMeans(Estimator):
    """Groups points around centers, each point with the nearest.

    Args:
        num_clusters: how many centers.
        model_dir: where checkpoints and events go.
        initial_clusters: the first centers: ``"random"`` points, ``"kmeans_plus_plus"`` (by which
            the first batch must hold at least that many points), a matrix ``[num_clusters, d]``,
            or a function of a list with the points of a batch and the number of centers still
            missing, which returns at most that many; it is called until there are all.
        distance_metric: ``"squared_euclidean"`` or ``"cosine"``.
        seed: of the random choice of centers.
        use_mini_batch: whether a batch is a part of the points; else it holds all of them.
        mini_batch_steps_per_iteration: after how many mini-batches the centers change.
        kmeans_plus_plus_num_retries: points drawn besides each that ``"kmeans_plus_plus"``
            chooses, of which the best is taken; negative for a number that grows with
            ``num_clusters``.
        relative_tolerance: training stops when the loss changes by less than this share of the
            one before; None for never. Of use without mini-batches.
        config: a RunConfig.
        feature_columns: dense feature columns; None: the features are the points.

    Raises:
        InvalidArgumentError: an argument that is not as above.

    Example:
        >>> def input_fn():
        ...     return tf.constant([[0.0, 0.0], [0.0, 2.0], [9.0, 9.0], [9.0, 7.0]])
        >>> kmeans = KMeans(2, initial_clusters=[[0.0, 0.0], [9.0, 9.0]], use_mini_batch=False)
        >>> centers = kmeans.train(input_fn, steps=2).cluster_centers()
        >>> [[round(float(x), 2) for x in center] for center in centers]
        [[0.0, 1.0], [9.0, 8.0]]
    """

    SQUARED_EUCLIDEAN_DISTANCE = SQUARED_EUCLIDEAN
    COSINE_DISTANCE = COSINE
    RANDOM_INIT = RANDOM
    KMEANS_PLUS_PLUS_INIT = KMEANS_PLUS_PLUS
    SCORE = "score"
    CLUSTER_INDEX = "cluster_index"
    ALL_DISTANCES = "all_distances"
    CLUSTER_CENTERS_VAR_NAME = "clusters"

    def __init__(
        self,
        num_clusters: int,
        model_dir: Any = None,
        initial_clusters: Any = RANDOM,
        distance_metric: str = SQUARED_EUCLIDEAN,
        seed: int | None = None,
        use_mini_batch: bool = True,
        mini_batch_steps_per_iteration: int = 1,
        kmeans_plus_plus_num_retries: int = 2,
        relative_tolerance: float | None = None,
        config: RunConfig | None = None,
        feature_columns: Any = None,
    ):
        _check_positive_int("num_clusters", num_clusters)
        _check_positive_int("mini_batch_steps_per_iteration", mini_batch_steps_per_iteration)
        self._metric = _metric_of(distance_metric)
        model_fn = _model_fn(
            num_clusters,
            check_first_centers(initial_clusters),
            self._metric,
            steps_per_sync=mini_batch_steps_per_iteration if use_mini_batch else None,
            seed=seed,
            retries=kmeans_plus_plus_num_retries,
            tolerance=relative_tolerance,
            columns=kept(feature_columns),
        )
        super().__init__(model_fn, model_dir=model_dir, config=config)

    def predict_cluster_index(self, input_fn: Callable[..., Any]) -> Iterator[Any]:
        """Yields the index of the nearest center of each point.

        Args:
            input_fn: gives the points.
        """
        return self._predict_one(input_fn, self.CLUSTER_INDEX)

    def transform(self, input_fn: Callable[..., Any]) -> Iterator[Any]:
        """Yields the distances of each point from all centers, float32 ``[num_clusters]``.

        Args:
            input_fn: gives the points.

        Returns:
            Euclidean distances, not squared ones; or cosine distances.
        """
        for distances in self._predict_one(input_fn, self.ALL_DISTANCES):
            yield self._metric.transformed(distances)

    def score(self, input_fn: Callable[..., Any]) -> float:
        """The sum of the distances of the points of one batch from their nearest centers.

        Args:
            input_fn: gives the points; only its first batch is read.

        Returns:
            Of squared Euclidean distances, or of cosine distances.
        """
        return self.evaluate(input_fn, steps=1)[self.SCORE]  # type: ignore[no-any-return]

    def cluster_centers(self) -> Any:
        """The centers, float32 ``[num_clusters, d]``.

        Raises:
            ValueError: there is no checkpoint.
        """
        return self.get_variable_value(self.CLUSTER_CENTERS_VAR_NAME)

    def _predict_one(self, input_fn: Callable[..., Any], key: str) -> Iterator[Any]:
        for prediction in self.predict(input_fn, predict_keys=[key]):
            yield prediction[key]


def _check_positive_int(name: str, value: Any) -> None:
    if isinstance(value, bool) or not hasattr(value, "__index__") or value < 1:
        raise InvalidArgumentError(
            f"{name} must be an int in the range [1, inf). Got {value!r} instead."
        )


def _metric_of(name: Any) -> Metric:
    if not isinstance(name, str) or name not in METRICS:
        raise InvalidArgumentError(
            f"distance_metric must be one of {', '.join(map(repr, METRICS))}. "
            f"Got {name!r} instead.",
            hint=did_you_mean(str(name), METRICS),
        )
    return METRICS[name]


def _model_fn(
    count: int,
    initial: Any,
    metric: Metric,
    *,
    steps_per_sync: int | None,
    seed: int | None,
    retries: int,
    tolerance: float | None,
    columns: Any,
) -> Callable[..., EstimatorSpec]:
    """The model function; the arguments are those of :class:`KMeans`, checked."""
    if not isinstance(initial, str) and not callable(initial):
        count = len(initial)

    def model_fn(features: Any, mode: str, config: RunConfig) -> EstimatorSpec:
        points = points_of(features, columns)
        if mode != ModeKeys.TRAIN:
            return _inference_spec(points, metric, mode)
        variables = ClusterVariables(count, steps_per_sync)
        fill = fill_op(initial, points, metric, variables, seed=seed, retries=retries)
        loss, step = train_step(points, metric, variables)
        v1.summary.scalar("loss/raw", loss)
        with tf.control_dependencies([step, loss]):
            train_op = v1.train.get_or_create_global_step().assign_add(1, read_value=False)
        hooks: list[SessionRunHook] = [FirstCentersHook(fill, variables, config.is_chief)]
        if tolerance is not None:
            hooks.append(RelativeLossHook(loss, tolerance))
        return EstimatorSpec(mode, loss=loss, train_op=tf.group(train_op), training_hooks=hooks)

    return model_fn


def _inference_spec(points: tf.Tensor, metric: Metric, mode: str) -> EstimatorSpec:
    centers = trained_centers().read_value()
    check = tf.debugging.assert_rank(
        centers, 2, "This KMeans has no centers: it must be trained first"
    )
    with tf.control_dependencies([check]):
        centers = tf.identity(centers)
    centers.set_shape([None, points.shape[1]])
    nearest = metric.nearest(metric.prepare(points), centers)
    predictions = {
        KMeans.ALL_DISTANCES: metric.distances(points, centers),
        KMeans.CLUSTER_INDEX: nearest.index,
    }
    loss = tf.reduce_sum(nearest.distance)
    outputs = {name: PredictOutput(value) for name, value in predictions.items()}
    default = v1.saved_model.signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY
    return EstimatorSpec(
        mode,
        predictions=predictions,
        loss=loss,
        eval_metric_ops={KMeans.SCORE: v1.metrics.mean(loss)},
        export_outputs={**outputs, default: outputs[KMeans.CLUSTER_INDEX]},
    )
