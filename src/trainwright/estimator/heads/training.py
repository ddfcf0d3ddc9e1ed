"""The op of one training step, as a head makes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.optimizers import get_optimizer

v1 = tf.compat.v1


def make_train_op(
    loss: tf.Tensor,
    *,
    optimizer: Any = None,
    trainable_variables: Sequence[tf.Variable] | None = None,
    train_op_fn: Callable[[tf.Tensor], Any] | None = None,
    update_ops: Sequence[Any] | None = None,
    name_scope: str = "training",
) -> Any:
    """One training step: from an optimizer and variables, or from a function of the loss.

    Args:
        loss: the scalar to minimize.
        optimizer: whatever :func:`trainwright.estimator.optimizers.get_optimizer` takes.
        trainable_variables: what the optimizer may change.
        train_op_fn: makes the op in place of the optimizer.
        update_ops: run with the step, such as the moving averages of batch normalization.
        name_scope: the scope of the optimizer's variables.

    Returns:
        An op that also increments the global step.

    Raises:
        InvalidArgumentError: neither or both of ``optimizer`` and ``train_op_fn``; an
            optimizer without variables.
    """
    if optimizer is not None and train_op_fn is not None:
        raise InvalidArgumentError("Only one of optimizer and train_op_fn may be given. Got both.")
    if train_op_fn is not None:
        train_op = train_op_fn(loss)
    elif optimizer is not None:
        variables = _check_variables(trainable_variables)
        step = v1.train.get_or_create_global_step()
        train_op = get_optimizer(optimizer).minimize_op(
            loss, variables, iterations=step, name_scope=name_scope
        )
    else:
        raise InvalidArgumentError(
            "One of optimizer and train_op_fn must be given to train. Got neither."
        )
    return tf.group(train_op, *update_ops) if update_ops else train_op


def _check_variables(variables: Any) -> list[tf.Variable]:
    if variables is None:
        raise InvalidArgumentError(
            "trainable_variables must name the variables that the optimizer may change. "
            "Got None instead."
        )
    if not isinstance(variables, list | tuple):
        raise InvalidArgumentError(
            f"trainable_variables must be a list or tuple. Got {variables!r} instead."
        )
    if not variables:
        raise InvalidArgumentError("trainable_variables must hold one variable or more. Got none.")
    return list(variables)
