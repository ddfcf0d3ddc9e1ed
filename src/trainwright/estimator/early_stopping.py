"""Hooks that stop training early: at a condition, or by the evaluations so far."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf

from trainwright.estimator.core import Estimator
from trainwright.estimator.engine.event_files import read_scalars
from trainwright.estimator.engine.hook_plans import steps_until
from trainwright.estimator.hooks import SecondOrStepTimer, SessionRunHook
from trainwright.events import announce

v1 = tf.compat.v1
_SCOPE = "signal_early_stopping"
_VARIABLE = "STOP"


def make_early_stopping_hook(
    estimator: Estimator,
    should_stop_fn: Callable[[], bool],
    run_every_secs: float | None = 60,
    run_every_steps: int | None = None,
) -> Any:
    """A hook that ends training when a function says so.

    The chief asks the function; what it answers lies in the variable
    ``signal_early_stopping/STOP``, where the other workers see it.

    Args:
        estimator: the Estimator to be trained.
        should_stop_fn: takes nothing, returns whether to stop.
        run_every_secs: ask every so many seconds.
        run_every_steps: ask every so many steps; one of the two must be None.

    Raises:
        TypeError: not an Estimator, or not a function.
        ValueError: both periods, or neither.
    """
    if not isinstance(estimator, Estimator):
        raise TypeError(f"estimator must be an Estimator. Got {estimator!r} instead.")
    if not callable(should_stop_fn):
        raise TypeError(f"should_stop_fn must be a function. Got {should_stop_fn!r} instead.")
    if (run_every_secs is None) == (run_every_steps is None):
        raise ValueError(
            "One of run_every_secs and run_every_steps must be given, the other None. "
            f"Got {run_every_secs!r} and {run_every_steps!r}."
        )
    if estimator.config.is_chief:
        return _AskingHook(should_stop_fn, run_every_secs, run_every_steps)
    return _ListeningHook()


def stop_if_higher_hook(
    estimator: Estimator,
    metric_name: str,
    threshold: float,
    eval_dir: str | None = None,
    min_steps: int = 0,
    run_every_secs: float | None = 60,
    run_every_steps: int | None = None,
) -> Any:
    """A hook that ends training once an evaluation's metric is above a threshold.

    Args:
        estimator: the Estimator to be trained.
        metric_name: a name of its evaluation metrics, such as ``"auc"``.
        threshold: the metric must be more than this.
        eval_dir: where the evaluations' event files are; None: the Estimator's ``eval``.
        min_steps: evaluations before this step do not count.
        run_every_secs: look every so many seconds.
        run_every_steps: look every so many steps; one of the two must be None.
    """
    should_stop = _threshold_check(operator.gt, metric_name, threshold, min_steps)
    return _metric_hook(estimator, should_stop, eval_dir, run_every_secs, run_every_steps)


def stop_if_lower_hook(
    estimator: Estimator,
    metric_name: str,
    threshold: float,
    eval_dir: str | None = None,
    min_steps: int = 0,
    run_every_secs: float | None = 60,
    run_every_steps: int | None = None,
) -> Any:
    """As :func:`stop_if_higher_hook`, once the metric is below the threshold."""
    should_stop = _threshold_check(operator.lt, metric_name, threshold, min_steps)
    return _metric_hook(estimator, should_stop, eval_dir, run_every_secs, run_every_steps)


def stop_if_no_increase_hook(
    estimator: Estimator,
    metric_name: str,
    max_steps_without_increase: int,
    eval_dir: str | None = None,
    min_steps: int = 0,
    run_every_secs: float | None = 60,
    run_every_steps: int | None = None,
) -> Any:
    """A hook that ends training when a metric has not increased for so many steps.

    Args:
        estimator: the Estimator to be trained.
        metric_name: a name of its evaluation metrics.
        max_steps_without_increase: global steps since the highest value.
        eval_dir: where the evaluations' event files are; None: the Estimator's ``eval``.
        min_steps: evaluations before this step do not count.
        run_every_secs: look every so many seconds.
        run_every_steps: look every so many steps; one of the two must be None.
    """
    should_stop = _stagnation_check(operator.gt, metric_name, max_steps_without_increase, min_steps)
    return _metric_hook(estimator, should_stop, eval_dir, run_every_secs, run_every_steps)


def stop_if_no_decrease_hook(
    estimator: Estimator,
    metric_name: str,
    max_steps_without_decrease: int,
    eval_dir: str | None = None,
    min_steps: int = 0,
    run_every_secs: float | None = 60,
    run_every_steps: int | None = None,
) -> Any:
    """As :func:`stop_if_no_increase_hook`, for a metric that should decrease."""
    should_stop = _stagnation_check(operator.lt, metric_name, max_steps_without_decrease, min_steps)
    return _metric_hook(estimator, should_stop, eval_dir, run_every_secs, run_every_steps)


def read_eval_metrics(eval_dir: str) -> dict[int, dict[str, float]]:
    """All scalars of an evaluation's event files: step -> name -> value, by step.

    Args:
        eval_dir: the directory of the event files; it need not exist.
    """
    results: dict[int, dict[str, float]] = {}
    for path in sorted(tf.io.gfile.glob(str(Path(eval_dir) / "*.tfevents.*"))):
        for step, scalars in read_scalars(path):
            results.setdefault(step, {}).update(scalars)
    return dict(sorted(results.items()))


Results = Mapping[int, Mapping[str, float]]


def _metric_hook(
    estimator: Estimator,
    should_stop: Callable[[Results], bool],
    eval_dir: str | None,
    run_every_secs: float | None,
    run_every_steps: int | None,
) -> Any:
    directory = eval_dir or estimator.eval_dir()
    return make_early_stopping_hook(
        estimator,
        lambda: should_stop(read_eval_metrics(directory)),
        run_every_secs,
        run_every_steps,
    )


def _threshold_check(
    beyond: Callable[[float, float], bool], metric: str, threshold: float, min_steps: int
) -> Callable[[Results], bool]:
    def should_stop(results: Results) -> bool:
        return any(
            step >= min_steps and beyond(metrics[metric], threshold)
            for step, metrics in results.items()
        )

    return should_stop


def _stagnation_check(
    better: Callable[[float, float], bool], metric: str, patience: int, min_steps: int
) -> Callable[[Results], bool]:
    def should_stop(results: Results) -> bool:
        best: tuple[int, float] | None = None
        for step, metrics in results.items():
            if step < min_steps:
                continue
            if best is None or better(metrics[metric], best[1]):
                best = step, metrics[metric]
            if step - best[0] >= patience:
                return True
        return False

    return should_stop


def _stop_variable() -> Any:
    with v1.variable_scope(_SCOPE, reuse=v1.AUTO_REUSE):
        return v1.get_variable(
            _VARIABLE,
            shape=[],
            dtype=tf.bool,
            initializer=v1.constant_initializer(False),
            trainable=False,
        )


class _AskingHook(SessionRunHook):
    """Asks the function, and stops."""

    def __init__(
        self, should_stop_fn: Callable[[], bool], every_secs: float | None, every_steps: int | None
    ):
        self._should_stop_fn = should_stop_fn
        self._timer = SecondOrStepTimer(every_secs=every_secs, every_steps=every_steps)

    def begin(self) -> None:
        self._global_step = v1.train.get_global_step()
        self._stop_op = v1.assign(_stop_variable(), True)

    def steps_unseen(self, global_step: int) -> int | None:
        return steps_until(self._timer, global_step + 1)

    def before_run(self, run_context: Any) -> Any:
        return v1.train.SessionRunArgs(self._global_step)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        # What was fetched beside the step may be from before it or after it.
        if not self._timer.should_trigger_for_step(run_values.results + 1):
            return
        step = run_context.session.run(self._global_step)
        if not self._timer.should_trigger_for_step(step):
            return
        self._timer.update_last_triggered_step(step)
        if self._should_stop_fn():
            announce.on_stage(f"stopping early at step {step}")
            run_context.session.run(self._stop_op)
            run_context.request_stop()


class _ListeningHook(SessionRunHook):
    """Stops when the chief has said so."""

    def begin(self) -> None:
        self._stop = _stop_variable()

    def before_run(self, run_context: Any) -> Any:
        return v1.train.SessionRunArgs(self._stop)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        if run_values.results:
            run_context.request_stop()
