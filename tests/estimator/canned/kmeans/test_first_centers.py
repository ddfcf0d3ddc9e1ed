"""Who fills the centers, and who waits."""

from __future__ import annotations

from typing import Any

import pytest
import tensorflow as tf

from trainwright.estimator.canned.kmeans.distances import METRICS
from trainwright.estimator.canned.kmeans.first_centers import FirstCentersHook, fill_op
from trainwright.estimator.canned.kmeans.variables import ClusterVariables

v1 = tf.compat.v1


class Coordinator:
    """Lets the chief finish while a worker waits."""

    def __init__(self, session: Any, op: Any, stop: bool):
        self._session, self._op, self._stop = session, op, stop
        self.waits = 0

    def wait_for_stop(self, seconds: float) -> bool:
        self.waits += 1
        self._session.run(self._op)
        return self._stop


def start(is_chief: bool, stop: bool) -> tuple[int, bool]:
    """How often the hook waited, and whether the centers are there."""
    with tf.Graph().as_default(), v1.Session() as session:
        variables = ClusterVariables(2, None)
        points = tf.constant([[1.0], [2.0]])
        metric = METRICS["squared_euclidean"]
        fill = fill_op("random", points, metric, variables, seed=1, retries=2)
        hook = FirstCentersHook(fill, variables, is_chief)
        hook.begin()
        session.run(v1.global_variables_initializer())
        coordinator = Coordinator(session, tf.no_op() if stop else fill, stop)
        hook.after_create_session(session, coordinator)
        return coordinator.waits, bool(session.run(variables.initialized.read_value()))


@pytest.mark.parametrize(
    ("is_chief", "stop", "expected"),
    [(True, False, (0, True)), (False, False, (1, True)), (False, True, (1, False))],
)
def test_workers_wait_for_the_chief(is_chief: bool, stop: bool, expected: tuple[int, bool]) -> None:
    assert start(is_chief, stop) == expected
