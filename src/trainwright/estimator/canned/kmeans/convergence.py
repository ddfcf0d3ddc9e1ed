"""Stopping when the loss changes no more."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from trainwright.estimator.hooks import SessionRunHook


class RelativeLossHook(SessionRunHook):
    """Stops when ``|loss - loss before| / (1 + loss before)`` is less than a tolerance.

    Args:
        loss: a scalar tensor.
        tolerance: the tolerance.
    """

    def __init__(self, loss: tf.Tensor, tolerance: float):
        self._loss = loss
        self._tolerance = tolerance
        self._before: float | None = None

    def before_run(self, run_context: Any) -> Any:
        """Asks for the loss."""
        del run_context
        return tf.compat.v1.train.SessionRunArgs(self._loss)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        """Compares it with that of the step before."""
        loss, before = float(run_values.results), self._before
        if before is not None and abs(loss - before) / (1.0 + before) < self._tolerance:
            run_context.request_stop()
        self._before = loss
