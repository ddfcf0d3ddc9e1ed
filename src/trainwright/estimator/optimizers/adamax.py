"""Adamax."""

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
from trainwright.estimator.optimizers.sparse import scatter_add, scatter_update, sum_duplicates
from trainwright.estimator.optimizers.update_context import UpdateContext


class Adamax(SlotOptimizer):
    """Adam with the greatest recent gradient in place of the root of the mean square.

    ``m <- b1 m + (1 - b1) g``, ``v <- max(b2 v, |g|)``,
    ``w <- w - rate / (1 - b1^t) * m / (v + epsilon)`` (Kingma and Ba, 2014, section 7.1). Slots:
    ``m``, ``v``. With sparse gradients, rows that are not in the gradient stay as they are.

    Args:
        learning_rate: step size.
        beta_1: decay of the mean of gradients.
        beta_2: decay of the greatest gradient.
        epsilon: keeps the division finite; 0 or None stand for 1e-7.
        name: names its variables.
        **common: as for :class:`~trainwright.estimator.optimizers.base.SlotOptimizer`.

    Example:
        >>> Adamax().get_config()["beta_1"]
        0.9
    """

    OPTIONS = ("epsilon",)

    def __init__(
        self,
        learning_rate: Hyperparameter = 0.001,
        beta_1: Hyperparameter = 0.9,
        beta_2: Hyperparameter = 0.999,
        epsilon: float | None = DEFAULT_EPSILON,
        name: str = "Adamax",
        **common: Any,
    ):
        values = {"learning_rate": learning_rate, "beta_1": beta_1, "beta_2": beta_2}
        super().__init__(name, values, common)
        self.epsilon = checked_epsilon("Adamax", epsilon)

    def _slots(self) -> Mapping[str, float]:
        return {"m": 0.0, "v": 0.0}

    def _coefficients(self, context: UpdateContext) -> Coefficients:
        beta_1 = context.read("beta_1")
        return {
            "lr": context.learning_rate(),
            "beta1": beta_1,
            "beta2": context.read("beta_2"),
            "beta1_power": tf.pow(beta_1, context.step()),
            "epsilon": tf.constant(self.epsilon, context.dtype),
        }

    def _update_dense(
        self, variable: tf.Variable, gradient: tf.Tensor, slots: Slots, by: Coefficients
    ) -> tf.Operation:
        m, v = slots["m"].handle, slots["v"].handle
        return tf.raw_ops.ResourceApplyAdaMax(
            var=variable.handle, m=m, v=v, grad=gradient, use_locking=True, **by
        )

    def _update_sparse(
        self, variable: tf.Variable, gradient: tf.IndexedSlices, slots: Slots, by: Coefficients
    ) -> tf.Operation:
        values, indices = sum_duplicates(gradient)
        beta_1 = by["beta1"]
        m = tf.gather(slots["m"], indices) * beta_1 + values * (1 - beta_1)
        v = tf.maximum(tf.gather(slots["v"], indices) * by["beta2"], tf.abs(values))
        rate = -by["lr"] / (1 - by["beta1_power"])
        return tf.group(
            scatter_update(slots["m"], indices, m),
            scatter_update(slots["v"], indices, v),
            scatter_add(variable, indices, rate * (m / (v + by["epsilon"]))),
        )
