"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from trainwright.estimator.optimizers.base import Coefficients, SlotOptimizer, Slots
from trainwright.estimator.optimizers.hyperparameters import Hyperparameter, checked_range
from trainwright.estimator.optimizers.sparse import scatter_add, sum_duplicates
from trainwright.estimator.optimizers.update_context import UpdateContext


class SGD(SlotOptimizer):
    """Gradient descent, with momentum if wanted.

    ``v <- momentum * v - rate * g``, ``w <- w + v``; with Nesterov's momentum
    ``w <- w + momentum * v - rate * g``. Slot: ``momentum``, where momentum is not 0. With sparse
    gradients, rows that are not in the gradient stay as they are, their momentum too.

    Args:
        learning_rate: step size.
        momentum: share of the last step that is repeated, 0 to 1.
        nesterov: Nesterov's momentum (Sutskever et al., 2013).
        name: names its variables.
        **common: as for :class:`~trainwright.estimator.optimizers.base.SlotOptimizer`.

    Example:
        >>> SGD(0.1, momentum=0.9).get_config()["momentum"]
        0.9
    """

    OPTIONS = ("nesterov",)

    def __init__(
        self,
        learning_rate: Hyperparameter = 0.01,
        momentum: Hyperparameter = 0.0,
        nesterov: bool = False,
        name: str = "SGD",
        **common: Any,
    ):
        momentum = checked_range("SGD", "momentum", momentum, 0.0, 1.0)
        super().__init__(name, {"learning_rate": learning_rate, "momentum": momentum}, common)
        self.nesterov = nesterov
        self._has_momentum = momentum != 0.0 if isinstance(momentum, float) else True

    def _slots(self) -> Mapping[str, float]:
        return {"momentum": 0.0} if self._has_momentum else {}

    def _coefficients(self, context: UpdateContext) -> Coefficients:
        rate = {"lr": context.learning_rate()}
        return {**rate, "momentum": context.read("momentum")} if self._has_momentum else rate

    def _update_dense(
        self, variable: tf.Variable, gradient: tf.Tensor, slots: Slots, by: Coefficients
    ) -> tf.Operation:
        if not self._has_momentum:
            return tf.raw_ops.ResourceApplyGradientDescent(
                var=variable.handle, alpha=by["lr"], delta=gradient, use_locking=True
            )
        return tf.raw_ops.ResourceApplyKerasMomentum(
            var=variable.handle,
            accum=slots["momentum"].handle,
            grad=gradient,
            use_locking=True,
            use_nesterov=self.nesterov,
            **by,
        )

    def _update_sparse(
        self, variable: tf.Variable, gradient: tf.IndexedSlices, slots: Slots, by: Coefficients
    ) -> tf.Operation:
        if not self._has_momentum:
            return scatter_add(variable, gradient.indices, -gradient.values * by["lr"])
        values, indices = sum_duplicates(gradient)
        return tf.raw_ops.ResourceSparseApplyKerasMomentum(
            var=variable.handle,
            accum=slots["momentum"].handle,
            grad=values,
            indices=indices,
            use_locking=True,
            use_nesterov=self.nesterov,
            **by,
        )
