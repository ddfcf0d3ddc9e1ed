"""Stopping a worker once the chief has saved the last step."""

from __future__ import annotations

import time
from typing import Any

import tensorflow as tf

from trainwright.estimator.core import Estimator
from trainwright.estimator.engine.checkpoints import checkpoint_step, latest_checkpoint
from trainwright.estimator.hooks import SessionRunHook

v1 = tf.compat.v1


def make_stop_at_checkpoint_step_hook(
    estimator: Estimator, last_step: int, wait_after_file_check_secs: float = 30
) -> Any:
    """A hook that ends training when the checkpoint on disk has reached a step.

    On the chief it stops at that step itself; the other workers go by the checkpoint, so that
    none of them leaves before the chief has saved.

    Args:
        estimator: the Estimator to be trained.
        last_step: the global step to stop at.
        wait_after_file_check_secs: shortest time between two looks at the directory, in seconds.
    """
    if estimator.config.is_chief:
        return v1.train.StopAtStepHook(last_step=last_step)
    return _StopAtCheckpointStepHook(estimator.model_dir, last_step, wait_after_file_check_secs)


class _StopAtCheckpointStepHook(SessionRunHook):
    def __init__(self, model_dir: str, last_step: int, wait_secs: float):
        self._model_dir = model_dir
        self._last_step = last_step
        self._wait_secs = wait_secs
        self._looked_at: float | None = None

    def begin(self) -> None:
        self._global_step = v1.train.get_global_step()

    def before_run(self, run_context: Any) -> Any:
        return v1.train.SessionRunArgs(self._global_step)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        now = time.monotonic()
        waited = self._looked_at is None or now - self._looked_at >= self._wait_secs
        if run_values.results < self._last_step or not waited:
            return
        self._looked_at = now
        checkpoint = latest_checkpoint(self._model_dir)
        if checkpoint is not None and checkpoint_step(checkpoint) >= self._last_step:
            run_context.request_stop()
