"""train_and_evaluate, and the two specs it takes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from trainwright.estimator.arguments import check_hooks, check_positive
from trainwright.estimator.core import Estimator
from trainwright.estimator.evaluating import EvaluateAtCheckpoints, Evaluator
from trainwright.estimator.exporters import Exporter

v1 = tf.compat.v1


class _TrainFields(NamedTuple):
    input_fn: Callable[..., Any]
    max_steps: int | None
    hooks: tuple[Any, ...]
    saving_listeners: tuple[Any, ...]


class TrainSpec(_TrainFields):
    """What to train on, and for how long.

    Args:
        input_fn: as for :meth:`Estimator.train`.
        max_steps: the global step to stop at; None: when the input ends.
        hooks: SessionRunHooks.
        saving_listeners: CheckpointSaverListeners.

    Raises:
        TypeError: an input_fn that cannot be called, or hooks that are none.
        ValueError: max_steps that is not positive.
    """

    __slots__ = ()

    def __new__(
        cls,
        input_fn: Callable[..., Any],
        max_steps: int | None = None,
        hooks: Iterable[Any] | None = None,
        saving_listeners: Iterable[Any] | None = None,
    ) -> TrainSpec:
        """Checks the arguments."""
        _check_callable(input_fn)
        check_positive(max_steps, "max_steps")
        return super().__new__(
            cls,
            input_fn=input_fn,
            max_steps=max_steps,
            hooks=tuple(check_hooks(hooks, v1.train.SessionRunHook, "hooks")),
            saving_listeners=tuple(
                check_hooks(saving_listeners, v1.train.CheckpointSaverListener, "saving_listeners")
            ),
        )


class _EvalFields(NamedTuple):
    input_fn: Callable[..., Any]
    steps: int | None
    name: str | None
    hooks: tuple[Any, ...]
    exporters: tuple[Exporter, ...]
    start_delay_secs: float
    throttle_secs: float


class EvalSpec(_EvalFields):
    """What to evaluate on, when, and what to export then.

    Args:
        input_fn: as for :meth:`Estimator.train`.
        steps: batches to read; None: until the input ends.
        name: tells several evaluations apart.
        hooks: SessionRunHooks.
        exporters: an :class:`Exporter` or several, of different names.
        start_delay_secs: in a cluster, how long the evaluator waits before it begins.
        throttle_secs: shortest time between two evaluations, in seconds.

    Raises:
        TypeError: an input_fn that cannot be called, or hooks or exporters that are none.
        ValueError: a number out of range, or two exporters of one name.
    """

    __slots__ = ()

    def __new__(
        cls,
        input_fn: Callable[..., Any],
        steps: int | None = 100,
        name: str | None = None,
        hooks: Iterable[Any] | None = None,
        exporters: Exporter | Iterable[Exporter] | None = None,
        start_delay_secs: float = 120,
        throttle_secs: float = 600,
    ) -> EvalSpec:
        """Checks the arguments."""
        _check_callable(input_fn)
        check_positive(steps, "steps")
        if name is not None and not isinstance(name, str):
            raise TypeError(f"name must be a string. Got {name!r} instead.")
        for argument, secs in (
            ("start_delay_secs", start_delay_secs),
            ("throttle_secs", throttle_secs),
        ):
            if secs < 0:
                raise ValueError(f"{argument} must not be negative. Got {secs!r} instead.")
        return super().__new__(
            cls,
            input_fn=input_fn,
            steps=steps,
            name=name,
            hooks=tuple(check_hooks(hooks, v1.train.SessionRunHook, "hooks")),
            exporters=_check_exporters(exporters),
            start_delay_secs=start_delay_secs,
            throttle_secs=throttle_secs,
        )


def train_and_evaluate(
    estimator: Estimator, train_spec: TrainSpec, eval_spec: EvalSpec
) -> tuple[Mapping[str, Any] | None, list[Any]]:
    """Trains, evaluates when checkpoints are saved, and exports.

    In one process, an evaluation follows a checkpoint when ``throttle_secs`` have passed since
    the last one, and the end of training in any case. Each is followed by the exporters. A training
    that was interrupted goes on where it stood: evaluations that were due are done, those that
    were done are not repeated.

    Args:
        estimator: the model.
        train_spec: the training input and the step to stop at.
        eval_spec: the evaluation input and the exporters.

    Returns:
        The last evaluation's metrics, and what the exporters returned after it. None and an empty
        list where ``max_steps`` was already reached: nothing was trained.

    Raises:
        TypeError: arguments of other types.
        ValueError: the environment describes a cluster of several tasks, of which this is one.
    """
    if not isinstance(estimator, Estimator):
        raise TypeError(f"estimator must be an Estimator. Got {estimator!r} instead.")
    if not isinstance(train_spec, TrainSpec):
        raise TypeError(f"train_spec must be a TrainSpec. Got {train_spec!r} instead.")
    if not isinstance(eval_spec, EvalSpec):
        raise TypeError(f"eval_spec must be an EvalSpec. Got {eval_spec!r} instead.")
    if not estimator.config.cluster_task.is_alone:
        raise ValueError(
            "TF_CONFIG describes a cluster of several tasks, and training on several machines is "
            "not there yet. Unset TF_CONFIG to train in this process."
        )
    evaluator = Evaluator(estimator, eval_spec, train_spec.max_steps)
    listener = EvaluateAtCheckpoints(evaluator, eval_spec.throttle_secs)
    with contextlib.closing(evaluator):
        if not evaluator.input_has_ended():
            estimator.train(
                train_spec.input_fn,
                hooks=train_spec.hooks,
                max_steps=train_spec.max_steps,
                saving_listeners=[*train_spec.saving_listeners, listener],
            )
        evaluator.finish_earlier()
    return evaluator.metrics, evaluator.exports


def _check_callable(input_fn: Any) -> None:
    if not callable(input_fn):
        raise TypeError(f"input_fn must be a function. Got {input_fn!r} instead.")


def _check_exporters(exporters: Any) -> tuple[Exporter, ...]:
    if exporters is None:
        return ()
    given: Sequence[Any] = [exporters] if isinstance(exporters, Exporter) else list(exporters)
    for exporter in given:
        if not isinstance(exporter, Exporter):
            raise TypeError(f"exporters must be Exporters. Got {exporter!r} instead.")
    names = [exporter.name for exporter in given]
    if len(set(names)) < len(names) or not all(names):
        raise ValueError(f"exporters must have names that differ. Got {names}.")
    return tuple(given)
