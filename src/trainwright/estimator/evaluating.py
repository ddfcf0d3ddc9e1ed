"""When train_and_evaluate evaluates and exports, and what of that has been done already."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainwright.estimator.core import Estimator
from trainwright.estimator.engine.checkpoints import checkpoint_step
from trainwright.estimator.engine.evaluation import Evaluation
from trainwright.estimator.engine.evaluation_log import EvaluationLog
from trainwright.estimator.engine.training_state import (
    TrainingState,
    end_training,
    read_state,
)
from trainwright.estimator.hooks import CheckpointSaverListener
from trainwright.events import announce
from trainwright.stopping import at_once

if TYPE_CHECKING:
    from trainwright.estimator.training import EvalSpec


class Evaluator:
    """Evaluates checkpoints in one kept graph, and calls the exporters.

    Args:
        estimator: the model.
        eval_spec: what to evaluate on, and the exporters.
        max_steps: the global step at which training ends; None: when its input ends.
    """

    def __init__(self, estimator: Estimator, eval_spec: EvalSpec, max_steps: int | None):
        self._estimator = estimator
        self._spec = eval_spec
        self._max_steps = max_steps
        self._kept: Evaluation | None = None
        self._checkpoint: str | None = None
        self._exported_finally = False
        self._log: EvaluationLog | None = None
        self.metrics: Mapping[str, Any] | None = None
        self.exports: list[Any] = []

    def begin(self, state: TrainingState) -> None:
        """A training begins, or goes on; then observers hear of its earlier evaluations again."""
        self._log = EvaluationLog(self._estimator.model_dir, state.training, self._spec.name)
        if state.resumed:
            self._tell_earlier(self._log)

    def _tell_earlier(self, log: EvaluationLog) -> None:
        for seconds, metrics in log.all_metrics():
            step = int(metrics["global_step"])
            announce.on_evaluation_end(self._spec.name, metrics, step, seconds)

    def is_done(self, step: int) -> bool:
        """Whether the checkpoint of this step has been evaluated, and exported after that."""
        log = self._log
        return log is not None and any(
            log.exports(step, each) is not None for each in (True, False)
        )

    def evaluate(self) -> None:
        """Evaluates the latest checkpoint, then exports it."""
        checkpoint = self._estimator.latest_checkpoint()
        if checkpoint is None:
            return
        with at_once():
            self.metrics = metrics = self._metrics_of(checkpoint)
            self._checkpoint = checkpoint
            reached = self._max_steps is not None and int(metrics["global_step"]) >= self._max_steps
            self._export(checkpoint, metrics, final=reached)

    def _metrics_of(self, checkpoint: str) -> Mapping[str, Any]:
        known = None if self._log is None else self._log.metrics(checkpoint_step(checkpoint))
        if known is not None:
            return known
        if self._kept is None:
            self._kept = self._estimator.evaluation(
                self._spec.input_fn, self._spec.steps, self._spec.hooks, self._spec.name
            )
        began = time.monotonic()
        metrics = self._kept.run(checkpoint)
        if self._log is not None:
            self._log.evaluated(metrics, time.monotonic() - began, write=False)
        if not self._kept.reusable:
            self.close()
        return metrics

    def begin_next(self, step: int) -> None:
        """Training goes on from this step: the next evaluation's input is started meanwhile."""
        if self._kept is not None and (self._max_steps is None or step < self._max_steps):
            self._kept.begin_next()

    def finish(self, step: int) -> None:
        """Training has ended at this step: the last checkpoint is evaluated and exported."""
        if self.metrics is None or int(self.metrics["global_step"]) != step:
            self.evaluate()
        # Where the input's end ended training, the last evaluation did not know that it was that.
        if self._checkpoint and self.metrics is not None and not self._exported_finally:
            with at_once():
                self._export(self._checkpoint, self.metrics, final=True)

    def input_has_ended(self) -> bool:
        """Whether there is nothing left to train on, and only the end of a training is due."""
        checkpoint = self._estimator.latest_checkpoint()
        state = read_state(checkpoint)
        if checkpoint is None or state is None or not state.input_ended:
            return False
        announce.on_input_end(checkpoint_step(checkpoint))
        return True

    def finish_earlier(self) -> None:
        """Where nothing was to be trained: does what an interrupted training left to be done."""
        checkpoint = self._estimator.latest_checkpoint()
        if self._log is not None or checkpoint is None:
            return
        state = read_state(checkpoint)
        step = checkpoint_step(checkpoint)
        if state is None:
            announce.on_resumed(step, None, 0.0)
            log = EvaluationLog(self._estimator.model_dir, None, self._spec.name)
            self._tell_earlier(log)
            return
        announce.on_resumed(step, state.examples, state.seconds)
        self.begin(state)
        self.finish(step)
        end_training(state, checkpoint)

    def close(self) -> None:
        """Lets go of the evaluation graph."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def _export(self, checkpoint: str, metrics: Mapping[str, Any], final: bool) -> None:
        self._exported_finally = final
        step = int(metrics["global_step"])
        known = None if self._log is None else self._log.exports(step, final)
        if known is not None:
            self.exports = [None if each is None else os.fsencode(each) for each in known]
            return
        if self._log is not None:
            self._log.exporting(step, final, [each.name for each in self._spec.exporters])
        export_root = Path(self._estimator.model_dir) / "export"
        self.exports = [
            exporter.export(
                estimator=self._estimator,
                export_path=str(export_root / exporter.name),
                checkpoint_path=checkpoint,
                eval_result=metrics,
                is_the_final_export=final,
            )
            for exporter in self._spec.exporters
        ]
        if self._log is not None:
            self._log.exported(step, final, self.exports)


class EvaluateAtCheckpoints(CheckpointSaverListener):
    """Evaluates after a checkpoint, but not after the first, and not more often than allowed.

    Args:
        evaluator: does it.
        throttle_secs: shortest time between two evaluations, in seconds.
    """

    def __init__(self, evaluator: Evaluator, throttle_secs: float):
        self._evaluator = evaluator
        self._throttle_secs = throttle_secs
        self._first_save = True
        self._last_evaluation: float | None = None
        self._state = TrainingState()

    def join(self, state: TrainingState) -> None:
        """Takes part in a training's state.

        Args:
            state: its evaluation_due and since_evaluation are kept up to date.
        """
        self._state = state
        self._evaluator.begin(state)

    def begin(self) -> None:
        """A training session begins: the checkpoint it writes first holds nothing new."""
        self._first_save = True
        self._last_evaluation = time.monotonic() - self._state.since_evaluation

    def before_save(self, session: Any, global_step_value: int) -> None:
        """Decides whether this checkpoint will be evaluated, so that it can be saved with it."""
        del session, global_step_value
        assert self._last_evaluation is not None
        since = time.monotonic() - self._last_evaluation
        if self._first_save:
            return
        self._state.since_evaluation = since
        # A signal may have come in time to keep the evaluation from being done now.
        wanted = since >= self._throttle_secs
        self._state.evaluation_due = wanted and not self._state.saves_to_stop

    def after_save(self, session: Any, global_step_value: int) -> None:
        """Evaluates the checkpoint just written, if one is due."""
        del session
        due = self._state.evaluation_due
        if self._first_save:
            self._first_save = False
            if due and self._evaluator.is_done(int(global_step_value)):
                due = False
                self._last_evaluation = time.monotonic()
        if due:
            self._state.evaluation_due = False
            self._evaluator.evaluate()
            self._evaluator.begin_next(int(global_step_value))
            self._last_evaluation = time.monotonic()

    def end(self, session: Any, global_step_value: int) -> None:
        """Evaluates the last checkpoint, unless that has been done."""
        del session
        self._evaluator.finish(int(global_step_value))
