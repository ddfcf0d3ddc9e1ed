"""Adam, and its variant AMSGrad."""

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
from trainwright.estimator.optimizers.sparse import densified
from trainwright.estimator.optimizers.update_context import UpdateContext


class Adam(SlotOptimizer):
    """Steps by running means of the gradient and of its square.

    ``m <- b1 m + (1 - b1) g``, ``v <- b2 v + (1 - b2) g^2``,
    ``w <- w - rate * sqrt(1 - b2^t) / (1 - b1^t) * m / (sqrt(v) + epsilon)``: the form before
    section 2.1 of Kingma and Ba (2014). Slots: ``m``, ``v``, with amsgrad ``vhat``. A sparse
    gradient counts as 0 in the rows it lacks: they move on by their means.

    Args:
        learning_rate: step size.
        beta_1: decay of the mean of gradients.
        beta_2: decay of the mean of their squares.
        epsilon: keeps the division finite; 0 or None stand for 1e-7.
        amsgrad: divides by the greatest ``v`` so far (Reddi et al., 2018).
        name: names its variables.
        **common: as for :class:`~trainwright.estimator.optimizers.base.SlotOptimizer`.

    Example:
        >>> Adam(0.01).get_config()["beta_2"]
        0.999
    """

    OPTIONS = ("epsilon", "amsgrad")

    def __init__(
        self,
        learning_rate: Hyperparameter = 0.001,
        beta_1: Hyperparameter = 0.9,
        beta_2: Hyperparameter = 0.999,
        epsilon: float | None = DEFAULT_EPSILON,
        amsgrad: bool = False,
        name: str = "Adam",
        **common: Any,
    ):
        values = {"learning_rate": learning_rate, "beta_1": beta_1, "beta_2": beta_2}
        super().__init__(name, values, common)
        self.epsilon = checked_epsilon("Adam", epsilon)
        self.amsgrad = amsgrad

    def _slots(self) -> Mapping[str, float]:
        return dict.fromkeys(("m", "v", "vhat") if self.amsgrad else ("m", "v"), 0.0)

    def _coefficients(self, context: UpdateContext) -> Coefficients:
        step = context.step()
        beta_1, beta_2 = context.read("beta_1"), context.read("beta_2")
        return {
            "lr": context.learning_rate(),
            "beta1": beta_1,
            "beta2": beta_2,
            "beta1_power": tf.pow(beta_1, step),
            "beta2_power": tf.pow(beta_2, step),
            "epsilon": tf.constant(self.epsilon, context.dtype),
        }

    def _update_dense(
        self, variable: tf.Variable, gradient: tf.Tensor, slots: Slots, by: Coefficients
    ) -> tf.Operation:
        handles = {name: slot.handle for name, slot in slots.items()}
        apply = (
            tf.raw_ops.ResourceApplyAdamWithAmsgrad
            if self.amsgrad
            else tf.raw_ops.ResourceApplyAdam
        )
        return apply(var=variable.handle, grad=gradient, use_locking=True, **handles, **by)

    def _update_sparse(
        self, variable: tf.Variable, gradient: tf.IndexedSlices, slots: Slots, by: Coefficients
    ) -> tf.Operation:
        # Rows without gradient move like those whose gradient is 0, so this is no approximation.
        return self._update_dense(variable, densified(variable, gradient), slots, by)
