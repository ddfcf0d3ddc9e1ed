"""``tf.compat.v1.train`` optimizers, which name their slots themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from trainwright.estimator.optimizers.base import Optimizer


def adapt(candidate: Any) -> Optimizer | None:
    """The candidate at work, None for what is no v1 optimizer."""
    return V1Optimizer(candidate) if _is_v1(candidate) else None


def _is_v1(candidate: Any) -> bool:
    return isinstance(candidate, tf.compat.v1.train.Optimizer)


class V1Optimizer:
    """A v1 optimizer.

    Args:
        optimizer: an instance of a ``tf.compat.v1.train.Optimizer``.
    """

    def __init__(self, optimizer: Any):
        self.optimizer = optimizer

    def minimize_op(
        self,
        loss: tf.Tensor,
        var_list: Sequence[tf.Variable],
        iterations: tf.Variable | None = None,
        name_scope: str = "training",
        count: bool = True,
    ) -> tf.Operation:
        """See :meth:`trainwright.estimator.optimizers.SlotOptimizer.minimize_op`.

        Names are the optimizer's own, ``{variable}/Adam``, ``beta1_power``: the scope is not
        entered, and without iterations nothing is counted.
        """
        step = iterations if count else None
        return self.optimizer.minimize(loss, global_step=step, var_list=list(var_list))
