"""Evaluating while training, without a checkpoint in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from trainwright.estimator.core import Estimator
from trainwright.estimator.engine.evaluation import Evaluation
from trainwright.estimator.engine.hook_plans import steps_until
from trainwright.estimator.hooks import SecondOrStepTimer, SessionRunHook

v1 = tf.compat.v1


class InMemoryEvaluatorHook(SessionRunHook):
    """Evaluates at the start, every so many steps and at the end, in the training process.

    Args:
        estimator: the Estimator that is being trained.
        input_fn: the evaluation's input.
        steps: batches to read; None: until the input ends.
        hooks: SessionRunHooks of the evaluation.
        name: the evaluation's name.
        every_n_iter: steps between two evaluations.

    Raises:
        ValueError: every_n_iter that is not positive, or a training of several machines.
    """

    def __init__(
        self,
        estimator: Estimator,
        input_fn: Callable[..., Any],
        steps: int | None = None,
        hooks: Sequence[Any] | None = None,
        name: str | None = None,
        every_n_iter: int = 100,
    ):
        if every_n_iter is None or every_n_iter <= 0:
            raise ValueError(f"every_n_iter must be more than 0. Got {every_n_iter!r} instead.")
        if estimator.config.num_ps_replicas > 0 or estimator.config.num_worker_replicas > 1:
            raise ValueError("InMemoryEvaluatorHook works in one process, not in a cluster.")
        self._arguments = (input_fn, steps, hooks, name)
        self._estimator = estimator
        self._timer = SecondOrStepTimer(every_steps=every_n_iter)
        self._last_step: int | None = None
        self._evaluation: Evaluation | None = None

    def begin(self) -> None:
        """Finds the variables of the graph being trained."""
        self._global_step = v1.train.get_global_step()
        self._variables = {v.op.name: v for v in v1.global_variables()}

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Evaluates what training starts from."""
        del coord
        step = int(session.run(self._global_step))
        self._timer.update_last_triggered_step(step)
        self._evaluate(session, step)

    def steps_unseen(self, global_step: int) -> int | None:
        """How many steps it need not see: those before the next evaluation."""
        return steps_until(self._timer, global_step + 1)

    def before_run(self, run_context: Any) -> Any:
        """Asks for the step."""
        del run_context
        return v1.train.SessionRunArgs(self._global_step)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        """Evaluates where the period has passed."""
        # The step in the results may be from before or after the update.
        if self._timer.should_trigger_for_step(run_values.results + 1):
            step = int(run_context.session.run(self._global_step))
            if self._timer.should_trigger_for_step(step):
                self._timer.update_last_triggered_step(step)
                self._evaluate(run_context.session, step)

    def end(self, session: Any) -> None:
        """Evaluates what training has come to."""
        step = int(session.run(self._global_step))
        if step != self._last_step:
            self._evaluate(session, step)
        if self._evaluation is not None:
            self._evaluation.close()

    def _evaluate(self, session: Any, step: int) -> None:
        if self._evaluation is None or not self._evaluation.reusable:
            self._evaluation = self._estimator.evaluation(*self._arguments)
        needed = [n for n in self._evaluation.variable_names() if n in self._variables]
        values = session.run({name: self._variables[name] for name in needed})
        self._evaluation.run_with_values(values)
        self._last_step = step
