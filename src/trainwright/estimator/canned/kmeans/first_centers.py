"""The centers that a clustering begins with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from trainwright.errors import InvalidArgumentError, TrainingError, did_you_mean
from trainwright.estimator.canned.kmeans.distances import Metric
from trainwright.estimator.canned.kmeans.variables import ClusterVariables
from trainwright.estimator.hooks import SessionRunHook

v1 = tf.compat.v1

RANDOM = "random"
KMEANS_PLUS_PLUS = "kmeans_plus_plus"

Choose = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
"""From points ``[n, d]`` and the number of centers still missing to that many centers, or fewer."""


def check_first_centers(initial: Any) -> Any:
    """What a user gives as ``initial_clusters``: a name, a function, or a matrix, made float32.

    Raises:
        InvalidArgumentError: it is nothing of that kind.
    """
    known = (RANDOM, KMEANS_PLUS_PLUS)
    if isinstance(initial, str):
        if initial in known:
            return initial
        raise InvalidArgumentError(
            f"initial_clusters must be one of {', '.join(map(repr, known))}, a matrix of centers, "
            f"or a function. Got {initial!r} instead.",
            hint=did_you_mean(initial, known),
        )
    if callable(initial):
        return initial
    try:
        centers = np.asarray(initial, np.float32)
    except (TypeError, ValueError, NotImplementedError):  # the last one: a tensor of a graph
        centers = np.empty([0], np.float32)
    if centers.ndim != 2 or not len(centers):
        raise InvalidArgumentError(
            "initial_clusters must be a name, a function, or a matrix with a center in each row. "
            f"Got {initial!r} instead."
        )
    return centers


def fill_op(
    initial: Any, points: tf.Tensor, metric: Metric, variables: ClusterVariables, **options: Any
) -> tf.Tensor:
    """An op that adds centers, chosen from the next batch.

    Args:
        initial: from :func:`check_first_centers`.
        points: ``[n, d]``, as the input gives them.
        metric: prepares centers.
        variables: of the clustering.
        **options: for :func:`_chooser`.

    Returns:
        Whether all centers are there now, a boolean scalar.
    """
    if not isinstance(initial, str) and not callable(initial):
        chosen = tf.convert_to_tensor(initial, tf.float32)
        with tf.control_dependencies([variables.assign_centers(metric.prepare(chosen))]):
            return variables.initialized.assign(True)
    choose = _chooser(initial, metric, **options)
    known = variables.centers_known()
    missing = variables.count - known
    chosen = metric.prepare(choose(points, missing))
    centers = tf.cond(
        tf.equal(known, 0),
        lambda: chosen,
        lambda: tf.concat([variables.centers.read_value(), chosen], 0),
    )
    complete = tf.equal(tf.shape(centers)[0], variables.count)
    check = tf.debugging.assert_less_equal(
        tf.shape(centers)[0],
        variables.count,
        "initial_clusters must not give more centers than num_clusters",
    )
    with (
        tf.control_dependencies([check]),
        tf.control_dependencies([variables.assign_centers(centers)]),
    ):
        return variables.initialized.assign(complete)


def _chooser(initial: Any, metric: Metric, *, seed: int | None, retries: int) -> Choose:
    """How centers are chosen.

    Args:
        initial: a name or a function.
        metric: prepares the points for k-means++, which looks at distances.
        seed: of the random choice; None for a different one each time.
        retries: points drawn besides each that k-means++ chooses.
    """
    # The seed that the graph's own seed and this one make; 2.15 used it for all random numbers.
    seed = v1.get_seed(seed)[0]
    if initial == RANDOM:
        return lambda points, missing: _at_random(points, missing, seed)
    if initial == KMEANS_PLUS_PLUS:
        return lambda points, missing: _plus_plus(metric.prepare(points), missing, seed, retries)

    def choose(points: tf.Tensor, missing: tf.Tensor) -> tf.Tensor:
        return tf.convert_to_tensor(initial([points], missing), tf.float32)

    return choose


def _at_random(points: tf.Tensor, missing: tf.Tensor, seed: int | None) -> tf.Tensor:
    """All points if no more than are missing, else that many, some maybe twice."""
    n = tf.shape(points)[0]

    def sample() -> tf.Tensor:
        rows = tf.random.uniform([missing], 0, tf.cast(n, tf.int64), tf.int64, seed=seed)
        return tf.gather(points, rows)

    return tf.cond(missing >= n, lambda: points, sample)


def _plus_plus(points: tf.Tensor, missing: tf.Tensor, seed: int | None, retries: int) -> tf.Tensor:
    """k-means++ (Arthur and Vassilvitskii, 2007)."""
    check = tf.debugging.assert_greater_equal(
        tf.shape(points)[0],
        missing,
        "kmeans_plus_plus takes all centers from the first batch: it must hold num_clusters points",
    )
    if seed is None:
        seed = tf.random.uniform([], 0, np.iinfo(np.int64).max, tf.int64)
    with tf.control_dependencies([check]):
        return tf.raw_ops.KmeansPlusPlusInitialization(
            points=points,
            num_to_sample=tf.cast(missing, tf.int64),
            seed=seed,
            num_retries_per_sample=retries,
        )


class FirstCentersHook(SessionRunHook):
    """Fills the centers before the first step; workers wait until the chief has done it.

    Args:
        fill: from :func:`fill_op`.
        variables: of the clustering.
        is_chief: whether this process does it.
    """

    def __init__(self, fill: tf.Tensor, variables: ClusterVariables, is_chief: bool):
        self._fill = fill
        self._variables = variables
        self._is_chief = is_chief

    def begin(self) -> None:
        """Makes the op that tells whether there is anything to do."""
        self._done = self._variables.initialized.read_value()
        self._known = self._variables.centers_known()

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Reads batches until there are as many centers as wanted.

        Raises:
            TrainingError: the input ends before that.
        """
        if not self._is_chief:
            while not session.run(self._done):
                if coord.wait_for_stop(1.0):
                    return
            return
        try:
            done = session.run(self._done)
            while not done:
                done = session.run(self._fill)
        except tf.errors.OutOfRangeError as error:
            raise TrainingError(
                f"The input ended when {session.run(self._known)} of {self._variables.count} "
                "initial cluster centers were found.",
                hint="Give more points, or have the input repeat.",
            ) from error
