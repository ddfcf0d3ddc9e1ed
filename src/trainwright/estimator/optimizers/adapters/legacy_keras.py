"""``tf_keras.optimizers.legacy``: the optimizers that ``tf.estimator`` used.

The package is recognised by its name and never imported: where there is such an object, its user
has imported it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.optimizers.adapters.take_over import CLASSES, take_over
from trainwright.estimator.optimizers.base import Optimizer


def adapt(candidate: Any) -> Optimizer | None:
    """An equal optimizer of ours, or, for a class of the user's own, the candidate at work.

    Raises:
        InvalidArgumentError: it changes gradients by functions of the user's, which ours cannot.
    """
    if not any(cls.__name__ == "OptimizerV2" for cls in type(candidate).__mro__):
        return None
    of_package = ".optimizers.legacy." in type(candidate).__module__
    if not of_package or type(candidate).__name__ not in CLASSES:
        return LegacyKerasOptimizer(candidate)
    if candidate.gradient_transformers:
        raise InvalidArgumentError(
            f"{type(candidate).__name__} has gradient_transformers, which are not supported.",
            hint="Clip with clipnorm, clipvalue or global_clipnorm, or transform the gradients in "
            "a subclass.",
        )
    # Reading attributes such as learning_rate would create its variables in the current graph.
    known = {name: _unread(value) for name, value in candidate._hyper.items()}
    return take_over(candidate, known)


def _unread(value: Any) -> Any:
    """A hyperparameter that an optimizer which was used in eager execution keeps as a variable."""
    if isinstance(value, tf.Variable) and hasattr(value, "graph"):
        raise InvalidArgumentError(
            f"The optimizer is in use in another graph, by its variable {value.name}.",
            hint="Give a function that makes a new optimizer.",
        )
    return value


class LegacyKerasOptimizer:
    """A legacy Keras optimizer of the user's own class, which trains by its own methods.

    Args:
        optimizer: an instance of a subclass of ``tf_keras.optimizers.legacy.Optimizer``. It
            belongs to the first graph it is used in.
    """

    def __init__(self, optimizer: Any):
        self.optimizer = optimizer

    def get_updates(self, loss: tf.Tensor, params: Sequence[tf.Variable]) -> list[tf.Operation]:
        """See :meth:`trainwright.estimator.optimizers.SlotOptimizer.get_updates`."""
        step = tf.compat.v1.train.get_or_create_global_step()
        return [self.minimize_op(loss, params, step)]

    def minimize_op(
        self,
        loss: tf.Tensor,
        var_list: Sequence[tf.Variable],
        iterations: tf.Variable | None = None,
        name_scope: str = "training",
    ) -> tf.Operation:
        """See :meth:`trainwright.estimator.optimizers.SlotOptimizer.minimize_op`.

        Raises:
            InvalidArgumentError: the optimizer has been used before.
        """
        if self.optimizer.weights:
            raise InvalidArgumentError(
                f"This {type(self.optimizer).__name__} is in use in another graph, and an "
                "optimizer of that class serves only one.",
                hint="Give a function that makes a new optimizer.",
            )
        if iterations is not None:
            self.optimizer.iterations = iterations
        with tf.compat.v1.name_scope(f"{name_scope}/" if name_scope else None):
            return tf.group(self.optimizer.get_updates(loss, list(var_list)))
