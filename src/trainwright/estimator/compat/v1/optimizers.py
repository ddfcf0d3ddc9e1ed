"""The optimizers of compat.v1 estimators: those of ``tf.compat.v1.train`` alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf

from trainwright.errors import InvalidArgumentError, did_you_mean
from trainwright.estimator.columns.scopes import op_scope

v1 = tf.compat.v1

BY_NAME: Mapping[str, Callable[[float], Any]] = {
    "Adagrad": v1.train.AdagradOptimizer,
    "Adam": v1.train.AdamOptimizer,
    "Ftrl": v1.train.FtrlOptimizer,
    "RMSProp": v1.train.RMSPropOptimizer,
    "SGD": v1.train.GradientDescentOptimizer,
}
"""The names that estimators accept, spelled exactly so."""

# What a name takes, seen by running 2.15.
DNN_LEARNING_RATE = 0.05
LINEAR_LEARNING_RATE = 0.2
COMBINED_DNN_LEARNING_RATE = 0.001
COMBINED_LINEAR_LEARNING_RATE = 0.005
BASELINE_LEARNING_RATE = 0.3


def optimizer_of(spec: Any, learning_rate: float) -> Any:
    """The optimizer that a user asks for; call it in the graph that is to be trained.

    Args:
        spec: a name of :data:`BY_NAME`, a ``tf.compat.v1.train.Optimizer``, or a function (or
            class) without arguments that makes one.
        learning_rate: what a name takes.

    Raises:
        InvalidArgumentError: an unknown name, or another kind of optimizer.
    """
    if isinstance(spec, str):
        if spec not in BY_NAME:
            raise InvalidArgumentError(
                f"Unknown optimizer name {spec!r}. Accepted are: {', '.join(BY_NAME)}.",
                hint=did_you_mean(spec, BY_NAME),
            )
        return BY_NAME[spec](learning_rate)
    optimizer = spec() if callable(spec) else spec
    if not isinstance(optimizer, v1.train.Optimizer):
        raise InvalidArgumentError(
            "The optimizer of a compat.v1 estimator must be a tf.compat.v1.train.Optimizer, a "
            f"function that makes one, or one of the names {', '.join(BY_NAME)}. Got "
            f"{optimizer!r} instead.",
            hint="The estimators of the same names in trainwright.estimator take Keras optimizers.",
        )
    return optimizer


def linear_learning_rate(columns: Any, ceiling: float) -> float:
    """The learning rate of linear models: it falls with the number of columns.

    Args:
        columns: feature columns.
        ceiling: the learning rate of few columns.

    Example:
        >>> linear_learning_rate(["a"] * 100, 0.2)
        0.1
    """
    return min(ceiling, 1.0 / math.sqrt(len(columns)))


def training_scope(name: str) -> Any:
    """The name scope of optimizers: this one below the open variable scope."""
    return tf.name_scope(op_scope(name))


def minimize(optimizer: Any, loss: tf.Tensor, scope: str) -> Any:
    """One step of one optimizer that trains all variables, and counts the global step.

    Args:
        optimizer: of ``tf.compat.v1.train``.
        loss: the scalar to minimize.
        scope: the name scope of its ops, below the open variable scope.
    """
    with training_scope(scope):
        return optimizer.minimize(loss, v1.train.get_or_create_global_step())


def minimize_halves(halves: Sequence[tuple[Any, str]], loss: tf.Tensor, scope: str) -> Any:
    """One step of several optimizers, each of which trains the variables of a scope.

    Args:
        halves: optimizers of ``tf.compat.v1.train``, each with the scope it trains.
        loss: the scalar to minimize.
        scope: the name scope of their ops, below the open variable scope.

    Returns:
        An op that counts the global step when all of them are done.
    """
    with training_scope(scope):
        steps = [
            optimizer.minimize(
                loss,
                var_list=v1.get_collection(v1.GraphKeys.TRAINABLE_VARIABLES, scope=part),
            )
            for optimizer, part in halves
        ]
        with tf.control_dependencies(steps):
            return v1.train.get_or_create_global_step().assign_add(1, read_value=False)
