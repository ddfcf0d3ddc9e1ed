"""The variables of a clustering, under the names checkpoints of 2.15 have for them."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

v1 = tf.compat.v1


class ClusterVariables:
    """What a clustering learns, and what it needs to go on learning.

    Args:
        count: how many clusters there will be.
        steps_per_sync: after how many mini-batches the centers change; None: in every step all
            points are seen, and nothing besides the centers is kept.
    """

    def __init__(self, count: int, steps_per_sync: int | None):
        self.count = count
        self.steps_per_sync = steps_per_sync
        # Without a center at first; the number of their coordinates comes with the first points.
        nothing = v1.placeholder_with_default(tf.zeros([0], tf.float32), shape=None)
        self.centers = _variable("clusters", nothing)
        self.initialized = _variable("initialized", tf.constant(False))
        if steps_per_sync is None:
            return
        several = steps_per_sync > 1
        self.accumulated = _variable("clusters_updated", nothing) if several else self.centers
        if several:
            self.steps_to_sync = _variable("update_in_steps", tf.constant(steps_per_sync, tf.int64))
        # A center counts as one point, unless counting begins anew with each synchronization.
        self.points_seen = _variable(
            "Variable", tf.fill([count], tf.constant(0 if several else 1, tf.int64))
        )

    def centers_known(self) -> tf.Tensor:
        """How many centers there are by now, an int32 scalar."""
        return tf.shape(self.centers.read_value())[0]

    def assign_centers(self, centers: tf.Tensor) -> Any:
        """An op that gives the centers this value, ``[at most count, d]``."""
        ops = [self.centers.assign(centers, read_value=False)]
        if self.steps_per_sync is not None and self.accumulated is not self.centers:
            ops.append(self.accumulated.assign(centers, read_value=False))
        return tf.group(*ops)


def trained_centers() -> tf.Variable:
    """The centers alone, in a graph that does not train."""
    nothing = v1.placeholder_with_default(tf.zeros([0], tf.float32), shape=None)
    return _variable("clusters", nothing)


def _variable(name: str, value: tf.Tensor) -> tf.Variable:
    return v1.Variable(value, trainable=False, name=name, validate_shape=False, use_resource=True)
