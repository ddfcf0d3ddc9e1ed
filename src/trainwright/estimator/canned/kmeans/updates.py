"""Moving the centers: one step of k-means."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from trainwright.estimator.canned.kmeans.distances import Metric, Nearest
from trainwright.estimator.canned.kmeans.variables import ClusterVariables

_EPSILON = 1e-6
"""Keeps the mean of no points finite: it is nought."""


def full_batch_step(
    points: tf.Tensor, nearest: Nearest, metric: Metric, variables: ClusterVariables
) -> Any:
    """Every center becomes the mean of the points next to it (Lloyd, 1982).

    Args:
        points: all points, prepared, ``[n, d]``.
        nearest: their centers.
        metric: prepares the new centers.
        variables: of the clustering.
    """
    sums = tf.math.unsorted_segment_sum(points, nearest.index, variables.count)
    ones = tf.ones([tf.shape(points)[0], 1], points.dtype)
    counts = tf.math.unsorted_segment_sum(ones, nearest.index, variables.count)
    means = metric.prepare(sums / (counts + _EPSILON))
    return variables.centers.assign(means, read_value=False)


def synchronize(metric: Metric, variables: ClusterVariables) -> Any:
    """Before a step of mini-batches, lets the centers follow where it is time to.

    Where they change in every step there is nothing to do. TensorFlow 2.15 left it to chance
    whether a step in which they change sees the centers before or after; here it is after, so that
    an epoch of mini-batches can equal one step with all points.
    """
    steps = variables.steps_per_sync
    if steps is None or variables.accumulated is variables.centers:
        return tf.no_op()

    # The branches return tensors, as what waits for a branch waits for its outputs only.
    def follow() -> tf.Tensor:
        changes = [
            variables.centers.assign(
                metric.prepare(variables.accumulated.read_value()), read_value=False
            ),
            variables.points_seen.assign(tf.zeros([variables.count], tf.int64), read_value=False),
        ]
        with tf.control_dependencies(changes):
            return variables.steps_to_sync.assign(steps - 1)

    def wait() -> tf.Tensor:
        return variables.steps_to_sync.assign_sub(1)

    return tf.cond(variables.steps_to_sync.read_value() <= 0, follow, wait)


def mini_batch_step(points: tf.Tensor, nearest: Nearest, variables: ClusterVariables) -> Any:
    """Every center moves to the mean of the points it has seen so far (Sculley, 2010).

    Args:
        points: a batch of points, prepared, ``[n, d]``.
        nearest: their centers.
        variables: of the clustering.
    """
    index, place, counts = tf.unique_with_counts(nearest.index, tf.int64)
    sums = tf.math.unsorted_segment_sum(points, place, tf.size(index))
    centers = tf.gather(variables.accumulated.read_value(), index)
    seen = tf.gather(variables.points_seen.read_value(), index) + counts
    change = sums - tf.cast(tf.expand_dims(counts, 1), points.dtype) * centers
    change /= tf.cast(tf.expand_dims(seen, 1), points.dtype)
    # Both are read above, and must be read before they change.
    with tf.control_dependencies([change]):
        return tf.group(
            _scatter_add(variables.points_seen, index, counts),
            _scatter_add(variables.accumulated, index, change),
        )


def train_step(points: tf.Tensor, metric: Metric, variables: ClusterVariables) -> tuple[Any, Any]:
    """The loss before a step, and the step.

    Args:
        points: a batch of points ``[n, d]``.
        metric: measures them.
        variables: of the clustering.
    """
    points = metric.prepare(points)
    if variables.steps_per_sync is None:
        nearest = metric.nearest(points, variables.centers.read_value())
        return tf.reduce_sum(nearest.distance), full_batch_step(points, nearest, metric, variables)
    with tf.control_dependencies([synchronize(metric, variables)]):
        nearest = metric.nearest(points, variables.centers.read_value())
        step = mini_batch_step(points, nearest, variables)
    return tf.reduce_sum(nearest.distance), step


def _scatter_add(variable: tf.Variable, index: tf.Tensor, values: tf.Tensor) -> Any:
    return tf.raw_ops.ResourceScatterAdd(resource=variable.handle, indices=index, updates=values)
