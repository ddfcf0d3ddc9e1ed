"""Adadelta."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from trainwright.estimator.optimizers.base import Coefficients, SlotOptimizer, Slots
from trainwright.estimator.optimizers.hyperparameters import (
    DEFAULT_EPSILON,
    Hyperparameter,
    checked_epsilon,
)
from trainwright.estimator.optimizers.sparse import sum_duplicates
from trainwright.estimator.optimizers.update_context import UpdateContext


class Adadelta(SlotOptimizer):
    """Step sizes from the ratio of recent updates to recent gradients (Zeiler, 2012).

    Slots: ``accum_grad``, ``accum_var``. With sparse gradients, rows that are not in the gradient
    stay as they are.

    Args:
        learning_rate: factor of the step; 1 is the paper's.
        rho: decay of the running means.
        epsilon: keeps the division finite; 0 or None stand for 1e-7.
        name: names its variables.
        **common: as for :class:`~trainwright.estimator.optimizers.base.SlotOptimizer`.

    Example:
        >>> Adadelta().get_config()["rho"]
        0.95
    """

    OPTIONS = ("epsilon",)

    def __init__(
        self,
        learning_rate: Hyperparameter = 0.001,
        rho: Hyperparameter = 0.95,
        epsilon: float | None = DEFAULT_EPSILON,
        name: str = "Adadelta",
        **common: Any,
    ):
        super().__init__(name, {"learning_rate": learning_rate, "rho": rho}, common)
        self.epsilon = checked_epsilon("Adadelta", epsilon)

    def _slots(self) -> Mapping[str, float]:
        return {"accum_grad": 0.0, "accum_var": 0.0}

    def _coefficients(self, context: UpdateContext) -> Coefficients:
        epsilon = tf.constant(self.epsilon, context.dtype)
        return {"lr": context.learning_rate(), "rho": context.read("rho"), "epsilon": epsilon}

    def _update_dense(
        self, variable: tf.Variable, gradient: tf.Tensor, slots: Slots, by: Coefficients
    ) -> tf.Operation:
        return tf.raw_ops.ResourceApplyAdadelta(
            var=variable.handle,
            accum=slots["accum_grad"].handle,
            accum_update=slots["accum_var"].handle,
            grad=gradient,
            use_locking=True,
            **by,
        )

    def _update_sparse(
        self, variable: tf.Variable, gradient: tf.IndexedSlices, slots: Slots, by: Coefficients
    ) -> tf.Operation:
        values, indices = sum_duplicates(gradient)
        return tf.raw_ops.ResourceSparseApplyAdadelta(
            var=variable.handle,
            accum=slots["accum_grad"].handle,
            accum_update=slots["accum_var"].handle,
            grad=values,
            indices=indices,
            use_locking=True,
            **by,
        )
