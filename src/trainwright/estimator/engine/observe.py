"""Hooks that tell the run's observers of steps, losses and checkpoints."""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf

from trainwright.cycles import collect_as_usual
from trainwright.errors import NonFiniteLossError, TrainwrightError
from trainwright.estimator.hooks import (
    CheckpointSaverListener,
    NanLossDuringTrainingError,
    SessionRunHook,
)
from trainwright.events import announce

v1 = tf.compat.v1


class LossNotFiniteError(NonFiniteLossError, NanLossDuringTrainingError):
    """The loss became NaN or infinite.

    It is also the exception that tf.estimator raised, for those who catch that one.

    Args:
        loss: its value.
        step: the global step at which it was seen.
        model_dir: where the last good checkpoint is.
    """

    def __init__(self, loss: float, step: int, model_dir: str):
        TrainwrightError.__init__(
            self,
            f"The loss became {loss} at step {step}. The last checkpoint in {model_dir} is from "
            "before that.",
            hint="Common causes: a learning rate that is too high, features that are not scaled, "
            "labels outside their range.",
        )
        self.loss = loss
        self.step = step

    def __str__(self) -> str:
        return TrainwrightError.__str__(self)


class StepReporter(SessionRunHook):
    """Announces each step, and stops at a loss that is not finite.

    It stands before the checkpoint savers, so that such a step is never saved.

    Args:
        loss: the loss tensor.
        step: the global step after the step's update, a scalar tensor.
        batch_size: int64 scalar tensor, or None.
        model_dir: named in the error.
    """

    def __init__(self, loss: Any, step: Any, batch_size: Any, model_dir: str):
        self._fetches = {"loss": loss, "step": step}
        if batch_size is not None:
            self._fetches["examples"] = batch_size
        self._model_dir = model_dir
        self.last_loss: float | None = None
        self.last_step: int | None = None
        self.examples: int | None = None

    def before_run(self, run_context: Any) -> Any:
        """Asks for loss, step and batch size."""
        del run_context
        return v1.train.SessionRunArgs(self._fetches)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        """Checks the loss and announces the step."""
        del run_context
        results = run_values.results
        examples = results.get("examples")
        self.report(
            int(results["step"]),
            float(results["loss"]),
            None if examples is None else int(examples),
        )

    def report(self, step: int, loss: float, examples: int | None) -> None:
        """Checks the loss and announces one or more steps.

        Args:
            step: the global step after the last of them.
            loss: the loss of the last of them; that of each before it was finite.
            examples: how many examples all of them read; None where nobody knows.

        Raises:
            LossNotFiniteError: the loss is NaN or infinite.
        """
        if not math.isfinite(loss):
            raise LossNotFiniteError(loss, step, self._model_dir)
        if self.last_loss is None:
            collect_as_usual()  # all is built
        self.last_loss, self.last_step = loss, step
        if examples is not None:
            self.examples = (self.examples or 0) + examples
        announce.on_steps(step, loss, examples)


class CheckpointReporter(CheckpointSaverListener):
    """Announces each checkpoint once it is on disk.

    Args:
        saver: a function without arguments that gives the saver in use.
    """

    def __init__(self, saver: Any):
        self._saver = saver

    def after_save(self, session: Any, global_step_value: int) -> None:
        """Announces the checkpoint just written."""
        del session
        saver = self._saver()
        written = saver.last_checkpoints if saver is not None else []
        if written and isinstance(written, list):  # a scaffold's saver may be of any kind
            announce.on_checkpoint(written[-1], int(global_step_value))
