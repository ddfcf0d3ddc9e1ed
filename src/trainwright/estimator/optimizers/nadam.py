"""Nadam."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.optimizers.base import Coefficients, SlotOptimizer, Slots
from trainwright.estimator.optimizers.hyperparameters import (
    DEFAULT_EPSILON,
    Hyperparameter,
    checked_epsilon,
    is_schedule,
)
from trainwright.estimator.optimizers.sparse import decay_and_add, scatter_add, sum_duplicates
from trainwright.estimator.optimizers.update_context import UpdateContext

_CACHE = "momentum_cache"
_DECAY_BASE = 0.96


class Nadam(SlotOptimizer):
    """Adam with Nesterov's momentum, which warms up (Dozat, 2016).

    The momentum of step t is ``u(t) = b1 * (1 - 0.96^(decay * t) / 2)``; ``momentum_cache``, a
    scalar variable, holds the product of them all. ``decay`` is the momentum's here, 0.004 unless
    given as ``schedule_decay``; the learning rate does not decay. Slots: ``m``, ``v``. With sparse
    gradients, the running means decay in every row, and rows that are not in the gradient keep
    their weights.

    Args:
        learning_rate: step size; no schedule.
        beta_1: decay of the mean of gradients.
        beta_2: decay of the mean of their squares.
        epsilon: keeps the division finite; 0 or None stand for 1e-7.
        name: names its variables.
        **common: as for :class:`~trainwright.estimator.optimizers.base.SlotOptimizer`, and
            ``schedule_decay``. ``decay`` is taken and not heeded, as in TensorFlow 2.15.

    Example:
        >>> Nadam().get_config()["decay"]
        0.004
    """

    OPTIONS = ("epsilon",)

    def __init__(
        self,
        learning_rate: Hyperparameter = 0.001,
        beta_1: Hyperparameter = 0.9,
        beta_2: Hyperparameter = 0.999,
        epsilon: float | None = DEFAULT_EPSILON,
        name: str = "Nadam",
        **common: Any,
    ):
        if is_schedule(learning_rate):
            raise InvalidArgumentError(
                "Nadam takes no learning rate schedule; its momentum follows one of its own.",
                hint="Give a number or a function, or use Adam.",
            )
        # As in TensorFlow 2.15, decay itself says nothing.
        common["decay"] = common.pop("schedule_decay", 0.004)
        values = {"learning_rate": learning_rate, "beta_1": beta_1, "beta_2": beta_2}
        super().__init__(name, values, common)
        self.epsilon = checked_epsilon("Nadam", epsilon)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> SlotOptimizer:
        """The inverse of :meth:`get_config`, which tells the momentum's decay as ``decay``."""
        renamed = {"schedule_decay" if key == "decay" else key: config[key] for key in config}
        return super().from_config(renamed)

    def _slots(self) -> Mapping[str, float]:
        return {"m": 0.0, "v": 0.0}

    def _scalars(self) -> Mapping[str, float]:
        return {_CACHE: 1.0}

    def _coefficients(self, context: UpdateContext) -> Coefficients:
        step, beta_1, beta_2 = context.step(), context.read("beta_1"), context.read("beta_2")
        base = tf.constant(_DECAY_BASE, context.dtype)
        decay = context.initial_decay
        momentum, next_momentum = (
            beta_1 * (1.0 - 0.5 * tf.pow(base, decay * at)) for at in (step, step + 1)
        )
        cache = context.scalars[_CACHE]
        product = tf.cast(cache, context.dtype) * momentum
        assigned = cache.assign(tf.cast(product, cache.dtype), read_value=False)
        with tf.control_dependencies([assigned]):
            product = tf.identity(product)
        return {
            "rate": context.read("learning_rate"),
            "beta_1": beta_1,
            "beta_2": beta_2,
            "epsilon": tf.constant(self.epsilon, context.dtype),
            "of_gradient": (1.0 - momentum) / (1.0 - product),
            "of_mean": next_momentum / (1.0 - product * next_momentum),
            "of_square": 1.0 - tf.pow(beta_2, step),
        }

    def _update_dense(
        self, variable: tf.Variable, gradient: tf.Tensor, slots: Slots, by: Coefficients
    ) -> tf.Operation:
        beta_1, beta_2 = by["beta_1"], by["beta_2"]
        m = beta_1 * slots["m"] + (1 - beta_1) * gradient
        v = beta_2 * slots["v"] + (1 - beta_2) * tf.square(gradient)
        return tf.group(
            slots["m"].assign(m, read_value=False),
            slots["v"].assign(v, read_value=False),
            variable.assign_sub(_step(gradient, m, v, by), read_value=False),
        )

    def _update_sparse(
        self, variable: tf.Variable, gradient: tf.IndexedSlices, slots: Slots, by: Coefficients
    ) -> tf.Operation:
        values, indices = sum_duplicates(gradient)
        beta_1, beta_2 = by["beta_1"], by["beta_2"]
        m = decay_and_add(slots["m"], beta_1, indices, values * (1 - beta_1))
        v = decay_and_add(slots["v"], beta_2, indices, values * values * (1 - beta_2))
        step = _step(values, tf.gather(m, indices), tf.gather(v, indices), by)
        return scatter_add(variable, indices, -step)


def _step(gradient: tf.Tensor, m: tf.Tensor, v: tf.Tensor, by: Coefficients) -> tf.Tensor:
    """What to take off the weights, of the gradient's shape."""
    direction = by["of_gradient"] * gradient + by["of_mean"] * m
    return by["rate"] * direction / (tf.sqrt(v / by["of_square"]) + by["epsilon"])
