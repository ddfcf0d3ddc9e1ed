"""Which steps the hooks must see.

Between them, steps run inside of the graph, where no hook is called. A hook of one's own kind
takes part by a method ``steps_unseen(global_step)``: how many steps from this global step on it
need not see, None for any number. It may then ask for the global step and the loss, nothing else.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from trainwright.estimator.hooks import (
    CheckpointSaverHook,
    LoggingTensorHook,
    NanTensorHook,
    SessionRunHook,
    StepCounterHook,
    StopAtStepHook,
    SummarySaverHook,
)

v1 = tf.compat.v1
_FAR = 2**40
_METHODS = ("before_run", "after_run")


class HookPlan:
    """What the loop must know of a hook.

    Args:
        hook: the hook.
    """

    ATTRIBUTES: tuple[str, ...] = ()
    """What the plan reads of the hook."""

    def __init__(self, hook: Any):
        self.hook = hook

    def fits(self, loss: Any) -> bool:
        """Whether the hook is as the plan expects it.

        Args:
            loss: the model's loss.
        """
        del loss
        return all(hasattr(self.hook, name) for name in self.ATTRIBUTES)

    def steps_unseen(self, global_step: int) -> int | None:
        """How many steps from this global step on the hook need not see; None: any number."""
        raise NotImplementedError

    def skip(self, steps: int, global_step: int) -> None:
        """Tells the hook that so many steps go unseen, from this global step on."""

    def tensors(self) -> list[Any]:
        """What it may ask for, beside the global step and the loss; after its ``begin``."""
        return []

    def means_global_step(self, fetch: Any) -> bool:
        """Whether what the hook asks for is the global step."""
        return fetch is getattr(self.hook, "_global_step_tensor", None)


class _OwnPlan(HookPlan):
    """A hook that says itself what it must see."""

    def steps_unseen(self, global_step: int) -> int | None:
        unseen: int | None = self.hook.steps_unseen(global_step)
        return unseen


class _AtCountedStep(HookPlan):
    """Acts where its timer is due at the step after the update."""

    ATTRIBUTES = ("_timer",)

    def steps_unseen(self, global_step: int) -> int | None:
        return steps_until(self.hook._timer, global_step + 1)


class _Logging(HookPlan):
    """Counts the runs that it sees, and asks for tensors at some of them."""

    ATTRIBUTES = ("_timer",)

    def steps_unseen(self, global_step: int) -> int | None:
        del global_step
        return steps_until(self.hook._timer, self.hook._iter_count)

    def skip(self, steps: int, global_step: int) -> None:
        del global_step
        self.hook._iter_count += steps

    def tensors(self) -> list[Any]:
        return list(self.hook._current_tensors.values())


class _Summary(HookPlan):
    """Asks for the merged summaries where its timer is due."""

    ATTRIBUTES = ("_timer", "_scaffold", "_summary_op")

    def steps_unseen(self, global_step: int) -> int | None:
        if self.hook._next_step is None:
            return 0
        return steps_until(self.hook._timer, global_step + 1)

    def skip(self, steps: int, global_step: int) -> None:
        if self.hook._next_step is not None:
            self.hook._next_step = global_step + steps + 1

    def tensors(self) -> list[Any]:
        wanted = self.hook._summary_op
        if wanted is None:
            wanted = self.hook._scaffold.summary_op
        if wanted is None:
            # As the scaffold does when the session is made, which is later.
            wanted = v1.train.Scaffold.get_or_default(
                "summary_op", v1.GraphKeys.SUMMARY_OP, v1.summary.merge_all
            )
        return [] if wanted is None else wanted if isinstance(wanted, list) else [wanted]


class _StopAtStep(HookPlan):
    """Acts at the last step."""

    ATTRIBUTES = ("_last_step",)

    def steps_unseen(self, global_step: int) -> int | None:
        return max(0, int(self.hook._last_step) - 1 - global_step)


class _Nan(HookPlan):
    """Looks at the loss, which the loop looks at itself after each step."""

    def fits(self, loss: Any) -> bool:
        return getattr(self.hook, "_loss_tensor", None) is loss

    def steps_unseen(self, global_step: int) -> int | None:
        del global_step
        return None


_KNOWN: dict[Any, type[HookPlan]] = {
    CheckpointSaverHook: _AtCountedStep,
    StepCounterHook: _AtCountedStep,
    LoggingTensorHook: _Logging,
    SummarySaverHook: _Summary,
    StopAtStepHook: _StopAtStep,
    NanTensorHook: _Nan,
}


def plan_for(hook: Any, loss: Any) -> HookPlan | None:
    """The hook's plan; None where nothing is known of its kind.

    A class derived from a known one is known as long as it changes nothing of what happens
    around a run.

    Args:
        hook: one that :func:`watches_steps`.
        loss: the model's loss.
    """
    plan: HookPlan | None = None
    if hasattr(hook, "steps_unseen"):
        plan = _OwnPlan(hook)
    for known, plan_class in _KNOWN.items():
        if isinstance(hook, known) and _same_methods(hook, known):
            plan = plan_class(hook)
    return plan if plan is not None and plan.fits(loss) else None


def watches_steps(hook: Any) -> bool:
    """Whether the hook does anything around a run."""
    return not _same_methods(hook, SessionRunHook)


def steps_until(timer: Any, count: int) -> int | None:
    """How many steps after this count a timer is due; None: not by steps.

    Args:
        timer: a SecondOrStepTimer.
        count: the first count to be asked about.

    Example:
        >>> timer = v1.train.SecondOrStepTimer(every_steps=10)
        >>> steps_until(timer, 5)
        0
        >>> _ = timer.update_last_triggered_step(5)
        >>> steps_until(timer, 6)
        9
        >>> steps_until(v1.train.SecondOrStepTimer(every_secs=600), 5)
        0
    """
    due = timer.should_trigger_for_step
    if due(count):
        return 0
    if not due(count + _FAR):
        return None
    low, high = 0, _FAR
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if due(count + middle) else (middle, high)
    return high


def _same_methods(hook: Any, known: Any) -> bool:
    """Whether the hook's methods around a run are those of the class."""
    return all(
        getattr(getattr(hook, name), "__func__", None) is getattr(known, name) for name in _METHODS
    )
