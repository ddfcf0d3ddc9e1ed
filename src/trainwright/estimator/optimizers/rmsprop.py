"""RMSprop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from trainwright.estimator.optimizers.base import Coefficients, SlotOptimizer, Slots
from trainwright.estimator.optimizers.hyperparameters import (
    DEFAULT_EPSILON,
    Hyperparameter,
    checked_epsilon,
    checked_range,
)
from trainwright.estimator.optimizers.sparse import decay_and_add, scatter_add, sum_duplicates
from trainwright.estimator.optimizers.update_context import UpdateContext


class RMSprop(SlotOptimizer):
    """Divides the gradient by a running mean of its size.

    ``r <- rho r + (1 - rho) g^2``, ``w <- w - rate * g / (sqrt(r) + epsilon)``; centered, the
    square of the running mean gradient is taken off ``r``; with momentum, epsilon moves under the
    root and ``p <- momentum * p + rate * g / sqrt(r + epsilon)``, ``w <- w - p`` (Tieleman and
    Hinton, 2012). Slots: ``rms``, ``momentum`` where momentum is not 0, ``mg`` where centered.

    With sparse gradients and without momentum, the running means decay in every row; with
    momentum, rows that are not in the gradient stay as they are.

    Args:
        learning_rate: step size.
        rho: decay of the running means.
        momentum: share of the last step that is repeated, 0 to 1.
        epsilon: keeps the division finite; 0 or None stand for 1e-7.
        centered: estimate the gradient's variance rather than its square.
        name: names its variables.
        **common: as for :class:`~trainwright.estimator.optimizers.base.SlotOptimizer`.

    Example:
        >>> RMSprop(centered=True).get_config()["rho"]
        0.9
    """

    OPTIONS = ("epsilon", "centered")

    def __init__(
        self,
        learning_rate: Hyperparameter = 0.001,
        rho: Hyperparameter = 0.9,
        momentum: Hyperparameter = 0.0,
        epsilon: float | None = DEFAULT_EPSILON,
        centered: bool = False,
        name: str = "RMSprop",
        **common: Any,
    ):
        momentum = checked_range("RMSprop", "momentum", momentum, 0.0, 1.0)
        values = {"learning_rate": learning_rate, "rho": rho, "momentum": momentum}
        super().__init__(name, values, common)
        self.epsilon = checked_epsilon("RMSprop", epsilon)
        self.centered = centered
        self._has_momentum = momentum != 0.0 if isinstance(momentum, float) else True

    def _slots(self) -> Mapping[str, float]:
        momentum = {"momentum": 0.0} if self._has_momentum else {}
        return {"rms": 0.0, **momentum, **({"mg": 0.0} if self.centered else {})}

    def _coefficients(self, context: UpdateContext) -> Coefficients:
        by = {
            "lr": context.learning_rate(),
            "rho": context.read("rho"),
            "epsilon": tf.constant(self.epsilon, context.dtype),
        }
        return {**by, "momentum": context.read("momentum")} if self._has_momentum else by

    def _update_dense(
        self, variable: tf.Variable, gradient: tf.Tensor, slots: Slots, by: Coefficients
    ) -> tf.Operation:
        if self._has_momentum:
            apply = (
                tf.raw_ops.ResourceApplyCenteredRMSProp
                if self.centered
                else tf.raw_ops.ResourceApplyRMSProp
            )
            return apply(grad=gradient, **_handles(variable, slots), use_locking=True, **by)
        rho = by["rho"]
        size = _running_mean(slots["rms"], rho, tf.square(gradient))
        if self.centered:
            size -= tf.square(_running_mean(slots["mg"], rho, gradient))
        step = by["lr"] * gradient / (tf.sqrt(size) + by["epsilon"])
        return variable.assign_sub(step, read_value=False)

    def _update_sparse(
        self, variable: tf.Variable, gradient: tf.IndexedSlices, slots: Slots, by: Coefficients
    ) -> tf.Operation:
        values, indices = sum_duplicates(gradient)
        if self._has_momentum:
            apply = (
                tf.raw_ops.ResourceSparseApplyCenteredRMSProp
                if self.centered
                else tf.raw_ops.ResourceSparseApplyRMSProp
            )
            handles = _handles(variable, slots)
            return apply(grad=values, indices=indices, **handles, use_locking=True, **by)
        rho = by["rho"]
        rms = decay_and_add(slots["rms"], rho, indices, values * values * (1 - rho))
        size = tf.gather(rms, indices)
        if self.centered:
            mean = decay_and_add(slots["mg"], rho, indices, values * (1 - rho))
            size -= tf.square(tf.gather(mean, indices))
        step = -by["lr"] * values / (tf.sqrt(size) + by["epsilon"])
        return scatter_add(variable, indices, step)


def _handles(variable: tf.Variable, slots: Slots) -> dict[str, tf.Tensor]:
    """Resource handles by the argument names of TensorFlow's operations."""
    arguments = {"rms": "ms", "momentum": "mom", "mg": "mg"}
    handles = {arguments[name]: slot.handle for name, slot in slots.items()}
    return {"var": variable.handle, **handles}


def _running_mean(slot: tf.Variable, rho: tf.Tensor, value: tf.Tensor) -> tf.Tensor:
    """Updates the slot and gives its new value, of the variable's shape."""
    mean = rho * slot + (1 - rho) * value
    with tf.control_dependencies([slot.assign(mean, read_value=False)]):
        return tf.identity(mean)
