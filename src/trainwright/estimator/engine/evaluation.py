"""The evaluation loop: one graph, run for as many checkpoints as wanted."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf

from trainwright.errors import TrainingError
from trainwright.estimator.engine.checkpoints import checkpoint_step, explaining_restore
from trainwright.estimator.engine.evaluation_loop import EvaluationLoop
from trainwright.estimator.engine.event_files import MetricsWriter
from trainwright.estimator.engine.graph import ModelDefinition, ModelGraph, add_saver, build_graph
from trainwright.estimator.engine.hook_plans import watches_steps
from trainwright.estimator.engine.kept_session import KeptSession, starts_anew
from trainwright.estimator.engine.score_curves import score_curves
from trainwright.estimator.engine.sessions import BeginsSessions, ClosesAside
from trainwright.estimator.hooks import SessionRunHook
from trainwright.estimator.mode_keys import ModeKeys
from trainwright.events import announce

v1 = tf.compat.v1

LOSS = "loss"
GLOBAL_STEP = "global_step"


class Evaluation:
    """An evaluation graph, and the loop that runs it.

    Args:
        definition: the model.
        input_fn: the evaluation's input.
        steps: batches to read; None: until the input ends.
        hooks: the caller's SessionRunHooks.
        name: the evaluation's name, None for the only one.
        output_dir: where its event file goes.
        initialize: called with the graph as the default where there is no checkpoint, to change
            how variables are initialised.
        once: it will not run a second time.

    Raises:
        ValueError: an eval metric named ``loss`` or ``global_step``.
    """

    def __init__(
        self,
        definition: ModelDefinition,
        input_fn: Callable[..., Any],
        *,
        steps: int | None,
        hooks: Sequence[Any],
        name: str | None,
        output_dir: str,
        initialize: Callable[[], None] | None = None,
        once: bool = False,
    ):
        self._config = definition.config
        self._steps = steps
        self._hooks = list(hooks)
        self._name = name
        self._initialize = initialize
        self._writer = MetricsWriter(output_dir)
        self._kept: KeptSession | None = None
        batches = None if once or self._hooks else steps
        self._model = build_graph(definition, input_fn, ModeKeys.EVAL, batches)
        with self._model.graph.as_default():
            self._update, results = _evaluation_ops(self._model)
            self._results = (results, score_curves(self._model.spec.eval_metric_ops))
            add_saver(self._model.spec.scaffold, self._config)
        self._batches = EvaluationLoop(self._model, self._update, self._config)

    @property
    def reusable(self) -> bool:
        """Whether it can run again: hooks may add ops when they begin, which only works once."""
        return not self._hooks and not self._model.spec.evaluation_hooks

    def run(self, checkpoint: str | None) -> dict[str, Any]:
        """Evaluates one checkpoint.

        Args:
            checkpoint: its prefix; None: the variables as they are initialised.

        Returns:
            Metric name -> value, with ``loss`` and ``global_step``.

        Raises:
            CheckpointError: the checkpoint does not fit the model, or is damaged.
            TrainingError: the input held not a single batch.
        """
        if checkpoint is None and self._initialize is not None:
            with self._model.graph.as_default():
                self._initialize()
            self._initialize = None  # it holds for later runs, whose graph takes no more ops
        return self._run(checkpoint, checkpoint_step(checkpoint) if checkpoint else 0, ())

    def run_with_values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Evaluates variables as another session has them.

        Args:
            values: variable name -> value, for all global variables of the model.

        Returns:
            As :meth:`run`.
        """
        with self._model.graph.as_default():
            hook = _VariableFeeder(values, v1.global_variables())
        return self._run(None, int(values[GLOBAL_STEP]), (hook,))

    def begin_next(self) -> None:
        """There will be another run: its input is started beside whatever is done until then."""
        if self._kept is not None:
            self._kept.begin_next()

    def variable_names(self) -> list[str]:
        """Names of the global variables that the evaluation graph has."""
        with self._model.graph.as_default():
            return [variable.op.name for variable in v1.global_variables()]

    def _run(self, checkpoint: str | None, step: int, hooks: Sequence[Any]) -> dict[str, Any]:
        announce.on_evaluation_begin(self._name, self._steps, step)
        began = time.monotonic()
        with self._model.graph.as_default():
            metrics, curves = self._loop(checkpoint, hooks)
            self._writer.write(metrics, int(metrics[GLOBAL_STEP]), checkpoint, curves)
        seconds = time.monotonic() - began
        announce.on_evaluation_end(self._name, metrics, int(metrics[GLOBAL_STEP]), seconds)
        return metrics

    def close(self) -> None:
        """Closes the event file and the session."""
        self._writer.close()
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def _loop(
        self, checkpoint: str | None, first_hooks: Sequence[Any]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The metrics, and the curves behind them."""
        if checkpoint is not None and self.reusable and starts_anew(self._model, self._update):
            done, results = self._loop_in_kept_session(checkpoint)
        else:
            done, results = self._loop_with_hooks(checkpoint, first_hooks)
        if not done:
            raise TrainingError(
                f"Evaluation{_named(self._name)} read no batch: its input is empty."
            )
        metrics, curves = results
        return {name: _python_value(value) for name, value in metrics.items()}, curves

    def _loop_in_kept_session(self, checkpoint: str) -> tuple[int, Any]:
        """Nobody but this loop takes part, so that the session can serve the next time, too."""
        if self._kept is None:
            self._kept = KeptSession(self._model, self._creator)
        with self._kept.restored(checkpoint) as session:
            done = self._all_batches(session)
            results = session.run(self._results)
            self._kept.has_read(done)
            return done, results

    def _all_batches(self, session: Any) -> int:
        return self._batches.run(session, self._steps, announce.on_evaluation_step)

    def _loop_with_hooks(
        self, checkpoint: str | None, first_hooks: Sequence[Any]
    ) -> tuple[int, Any]:
        spec = self._model.spec
        final = v1.train.FinalOpsHook(self._results)
        hooks = [
            *first_hooks,
            *self._model.model_input.hooks,
            *self._hooks,
            *spec.evaluation_hooks,
            final,
        ]
        done = 0
        with self._session(checkpoint, hooks) as session:
            if not any(map(watches_steps, hooks)):
                done = session.run_step_fn(
                    lambda step_context: self._all_batches(step_context.session)
                )
            else:
                while not session.should_stop() and (self._steps is None or done < self._steps):
                    session.run(self._update)
                    done += 1
                    announce.on_evaluation_step(done)
        return done, final.final_ops_values

    def _creator(self, checkpoint: str | None) -> Any:
        creator = BeginsSessions(
            self._model.spec.scaffold,
            master=self._config.evaluation_master,
            config=self._config.session_config,
            checkpoint=checkpoint,
            iterators=self._model.model_input.iterators,
        )
        return ClosesAside(creator)

    def _session(self, checkpoint: str | None, hooks: Sequence[Any]) -> Any:
        with explaining_restore(checkpoint):
            creator = self._creator(checkpoint)
            return v1.train.MonitoredSession(session_creator=creator, hooks=hooks)


class _VariableFeeder(SessionRunHook):
    """Gives the variables of a new session values from elsewhere."""

    def __init__(self, values: Mapping[str, Any], variables: Sequence[Any]):
        self._values = values
        self._variables = [variable for variable in variables if variable.op.name in values]

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Runs each variable's initializer with its initial value replaced."""
        del coord
        feed = {v.initializer.inputs[1]: self._values[v.op.name] for v in self._variables}
        session.run([variable.initializer for variable in self._variables], feed)


def _evaluation_ops(model: ModelGraph) -> tuple[Any, dict[str, Any]]:
    """One op that takes a batch into all metrics, and their results."""
    metric_ops = dict(model.spec.eval_metric_ops)
    for taken in (LOSS, GLOBAL_STEP):
        if taken in metric_ops:
            raise ValueError(
                f"eval_metric_ops must not use the name {taken!r}: evaluation adds it itself."
            )
    metric_ops[LOSS] = v1.metrics.mean(model.spec.loss)
    updates = [update for _, update in metric_ops.values()]
    results = {name: value for name, (value, _) in metric_ops.items()}
    results[GLOBAL_STEP] = model.global_step
    return tf.group(*tf.nest.flatten(updates)), results


def _named(name: str | None) -> str:
    return f" {name!r}" if name else ""


def _python_value(value: Any) -> Any:
    return (
        value.item() if getattr(value, "shape", None) == () and value.dtype.kind == "O" else value
    )
