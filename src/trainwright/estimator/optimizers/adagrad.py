"""Adagrad."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from trainwright.estimator.optimizers.base import Coefficients, SlotOptimizer, Slots
from trainwright.estimator.optimizers.hyperparameters import (
    DEFAULT_EPSILON,
    Hyperparameter,
    checked_epsilon,
    checked_number,
)
from trainwright.estimator.optimizers.sparse import sum_duplicates
from trainwright.estimator.optimizers.update_context import UpdateContext


class Adagrad(SlotOptimizer):
    """Adaptive step sizes: the more a parameter has been updated, the smaller its steps.

    ``a <- a + g^2``, ``w <- w - rate * g / (sqrt(a) + epsilon)`` (Duchi et al., 2011). Slot:
    ``accumulator``. With sparse gradients, rows that are not in the gradient stay as they are.

    Args:
        learning_rate: step size.
        initial_accumulator_value: first value of the accumulators, not negative.
        epsilon: keeps the division finite; 0 or None stand for 1e-7.
        name: names its variables.
        **common: as for :class:`~trainwright.estimator.optimizers.base.SlotOptimizer`.

    Example:
        >>> Adagrad().get_config()["initial_accumulator_value"]
        0.1
    """

    OPTIONS = ("initial_accumulator_value", "epsilon")

    def __init__(
        self,
        learning_rate: Hyperparameter = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float | None = DEFAULT_EPSILON,
        name: str = "Adagrad",
        **common: Any,
    ):
        super().__init__(name, {"learning_rate": learning_rate}, common)
        self.initial_accumulator_value = checked_number(
            "Adagrad", "initial_accumulator_value", initial_accumulator_value
        )
        self.epsilon = checked_epsilon("Adagrad", epsilon)

    def _slots(self) -> Mapping[str, float]:
        return {"accumulator": self.initial_accumulator_value}

    def _coefficients(self, context: UpdateContext) -> Coefficients:
        epsilon = tf.constant(self.epsilon, context.dtype)
        return {"lr": context.learning_rate(), "epsilon": epsilon}

    def _update_dense(
        self, variable: tf.Variable, gradient: tf.Tensor, slots: Slots, by: Coefficients
    ) -> tf.Operation:
        return tf.raw_ops.ResourceApplyAdagradV2(
            var=variable.handle,
            accum=slots["accumulator"].handle,
            grad=gradient,
            use_locking=True,
            **by,
        )

    def _update_sparse(
        self, variable: tf.Variable, gradient: tf.IndexedSlices, slots: Slots, by: Coefficients
    ) -> tf.Operation:
        values, indices = sum_duplicates(gradient)
        return tf.raw_ops.ResourceSparseApplyAdagradV2(
            var=variable.handle,
            accum=slots["accumulator"].handle,
            grad=values,
            indices=indices,
            use_locking=True,
            **by,
        )
