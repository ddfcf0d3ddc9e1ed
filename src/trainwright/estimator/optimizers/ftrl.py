"""Follow the regularized leader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from trainwright.estimator.optimizers.base import Coefficients, SlotOptimizer, Slots
from trainwright.estimator.optimizers.hyperparameters import (
    Hyperparameter,
    checked_number,
    checked_range,
)
from trainwright.estimator.optimizers.sparse import sum_duplicates
from trainwright.estimator.optimizers.update_context import UpdateContext


class Ftrl(SlotOptimizer):
    """FTRL-Proximal: per-coordinate step sizes and weights that L1 keeps at exactly 0.

    McMahan et al. (2013), algorithm 1, generalized to any power of the accumulator. ``beta`` joins
    in as L2 of ``beta / (2 * rate)``. Slots: ``accumulator``, ``linear``. With sparse gradients,
    rows that are not in the gradient stay as they are.

    Args:
        learning_rate: step size.
        learning_rate_power: power of the accumulator in the step size, at most 0; -0.5 is the
            square root of the paper, 0 a fixed step size.
        initial_accumulator_value: first value of the accumulators, not negative.
        l1_regularization_strength: L1 penalty, not negative.
        l2_regularization_strength: L2 penalty that stabilises steps, not negative.
        name: names its variables.
        l2_shrinkage_regularization_strength: L2 penalty on the weights' size, added to the
            gradient; not negative.
        beta: the paper's beta.
        **common: as for :class:`~trainwright.estimator.optimizers.base.SlotOptimizer`.

    Example:
        >>> Ftrl(0.2).get_config()["learning_rate_power"]
        -0.5
    """

    OPTIONS = ("initial_accumulator_value", "l2_shrinkage_regularization_strength")

    def __init__(
        self,
        learning_rate: Hyperparameter = 0.001,
        learning_rate_power: Hyperparameter = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: Hyperparameter = 0.0,
        l2_regularization_strength: Hyperparameter = 0.0,
        name: str = "Ftrl",
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: Hyperparameter = 0.0,
        **common: Any,
    ):
        strengths = {
            "l1_regularization_strength": l1_regularization_strength,
            "l2_regularization_strength": l2_regularization_strength,
        }
        values = {
            "learning_rate": learning_rate,
            "learning_rate_power": checked_range(
                "Ftrl", "learning_rate_power", learning_rate_power, high=0.0
            ),
            **{key: checked_range("Ftrl", key, value, 0.0) for key, value in strengths.items()},
            "beta": beta,
        }
        super().__init__(name, values, common)
        self.initial_accumulator_value = checked_number(
            "Ftrl", "initial_accumulator_value", initial_accumulator_value
        )
        self.l2_shrinkage_regularization_strength = checked_number(
            "Ftrl", "l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength
        )

    def _slots(self) -> Mapping[str, float]:
        return {"accumulator": self.initial_accumulator_value, "linear": 0.0}

    def _coefficients(self, context: UpdateContext) -> Coefficients:
        rate = context.learning_rate()
        l2 = context.read("l2_regularization_strength") + context.read("beta") / (2.0 * rate)
        by = {
            "lr": rate,
            "l1": context.read("l1_regularization_strength"),
            "l2": l2,
            "lr_power": context.read("learning_rate_power"),
        }
        shrinkage = self.l2_shrinkage_regularization_strength
        return {**by, "l2_shrinkage": tf.constant(shrinkage, context.dtype)} if shrinkage else by

    def _update_dense(
        self, variable: tf.Variable, gradient: tf.Tensor, slots: Slots, by: Coefficients
    ) -> tf.Operation:
        apply = (
            tf.raw_ops.ResourceApplyFtrlV2
            if self.l2_shrinkage_regularization_strength
            else tf.raw_ops.ResourceApplyFtrl
        )
        return apply(grad=gradient, **_handles(variable, slots), use_locking=True, **by)

    def _update_sparse(
        self, variable: tf.Variable, gradient: tf.IndexedSlices, slots: Slots, by: Coefficients
    ) -> tf.Operation:
        values, indices = sum_duplicates(gradient)
        apply = (
            tf.raw_ops.ResourceSparseApplyFtrlV2
            if self.l2_shrinkage_regularization_strength
            else tf.raw_ops.ResourceSparseApplyFtrl
        )
        handles = _handles(variable, slots)
        return apply(grad=values, indices=indices, **handles, use_locking=True, **by)


def _handles(variable: tf.Variable, slots: Slots) -> dict[str, tf.Tensor]:
    """Resource handles by the argument names of TensorFlow's operations."""
    accumulator, linear = slots["accumulator"], slots["linear"]
    return {"var": variable.handle, "accum": accumulator.handle, "linear": linear.handle}
