"""Distances between points and cluster centers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import tensorflow as tf

SQUARED_EUCLIDEAN = "squared_euclidean"
COSINE = "cosine"


class Nearest(NamedTuple):
    """The centers next to points: their indices, int64 ``[n]``, and distances, float32 ``[n]``."""

    index: tf.Tensor
    distance: tf.Tensor


class Metric(NamedTuple):
    """One kind of distance.

    Args:
        prepare: what points ``[n, d]`` are replaced by before anything else.
        distances: from points and centers ``[k, d]`` to ``[n, k]``.
        nearest_scale: by which the squared Euclidean distance of prepared points is multiplied.
        transformed: from an array of distances to the distances that ``transform`` gives.
    """

    prepare: Callable[[tf.Tensor], tf.Tensor]
    distances: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
    nearest_scale: float
    transformed: Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]

    def nearest(self, points: tf.Tensor, centers: tf.Tensor) -> Nearest:
        """The nearest of the centers ``[k, d]`` for prepared points ``[n, d]``."""
        index, distance = tf.raw_ops.NearestNeighbors(
            points=points, centers=self.prepare(centers), k=1
        )
        return Nearest(tf.squeeze(index, -1), tf.squeeze(distance, -1) * self.nearest_scale)


def _unit_length(points: tf.Tensor) -> tf.Tensor:
    return tf.math.l2_normalize(points, axis=1)


def _squared_euclidean(points: tf.Tensor, centers: tf.Tensor) -> tf.Tensor:
    """``|x|^2 - 2 x c + |c|^2``."""
    of_points = tf.reduce_sum(tf.square(points), 1, keepdims=True)
    of_centers = tf.reduce_sum(tf.square(centers), 1)
    return of_points - 2.0 * tf.matmul(points, centers, transpose_b=True) + of_centers


def _cosine(points: tf.Tensor, centers: tf.Tensor) -> tf.Tensor:
    return 1.0 - tf.matmul(_unit_length(points), _unit_length(centers), transpose_b=True)


METRICS: Mapping[str, Metric] = {
    SQUARED_EUCLIDEAN: Metric(
        tf.identity,
        _squared_euclidean,
        1.0,
        # What rounding has made negative is nought.
        lambda distances: np.sqrt(np.maximum(distances, np.float32(0.0))),
    ),
    # Of unit vectors, 1 - x c is half of |x - c|^2.
    COSINE: Metric(_unit_length, _cosine, 0.5, lambda distances: distances),
}
"""The metrics by name."""
