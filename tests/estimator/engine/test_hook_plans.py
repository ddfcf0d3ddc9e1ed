from __future__ import annotations

from typing import Any

import pytest
import tensorflow as tf

from trainwright.estimator.engine.hook_plans import plan_for, steps_until, watches_steps

v1 = tf.compat.v1


def timer_at(count: int, **period: Any) -> Any:
    timer = v1.train.SecondOrStepTimer(**period)
    timer.update_last_triggered_step(count)
    return timer


@pytest.mark.parametrize(("count", "until"), [(10, 5), (12, 3), (15, 0), (40, 0)])
def test_steps_until_a_timer_is_due(count, until):
    assert steps_until(timer_at(10, every_steps=5), count) == until


def test_a_timer_of_seconds_is_due_by_no_step():
    assert steps_until(timer_at(10, every_secs=600), 11) is None


def test_a_timer_that_never_was_due_is():
    assert steps_until(v1.train.SecondOrStepTimer(every_steps=5), 3) == 0


class Renamed(v1.train.StopAtStepHook):
    """Changes nothing."""


class Changed(v1.train.StopAtStepHook):
    def after_run(self, run_context: Any, run_values: Any) -> None:
        """Never stops."""


class Quiet(v1.train.SessionRunHook):
    def end(self, session: Any) -> None:
        """Does nothing."""


def test_derived_hooks_are_known_where_they_change_nothing():
    plan = plan_for(Renamed(last_step=10), None)
    assert plan is not None
    assert plan.steps_unseen(4) == 5
    assert plan.steps_unseen(20) == 0
    assert plan_for(Changed(last_step=10), None) is None


def test_a_hook_of_nan_is_known_where_it_watches_the_loss():
    loss, other = object(), object()
    assert plan_for(v1.train.NanTensorHook(loss), loss).steps_unseen(0) is None
    assert plan_for(v1.train.NanTensorHook(other), loss) is None


def test_which_hooks_watch_steps():
    assert not watches_steps(Quiet())
    assert watches_steps(Renamed(last_step=1))
    assert not watches_steps(v1.train.FinalOpsHook([]))
