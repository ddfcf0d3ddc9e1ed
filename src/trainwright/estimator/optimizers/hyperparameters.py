"""Hyperparameters: what a user may give, the variable that holds it, the tensor an update reads."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any, TypeAlias

import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.initial_values import filled
from trainwright.estimator.optimizers.eager import eager_number

Hyperparameter: TypeAlias = "float | Callable[..., Any] | tf.Tensor"
"""A number; a function without arguments, called when the graph is built; a learning rate
schedule, called with the iteration; or a scalar tensor of the graph."""

DEFAULT_EPSILON = 1e-7
"""Keeps divisions finite; what Keras uses where no epsilon, or 0, is given."""


def checked(owner: str, name: str, value: Any) -> Any:
    """The value as a float where it is a number, otherwise as it is.

    Args:
        owner: class of the optimizer, for the message.
        name: the hyperparameter, for the message.
        value: a :data:`Hyperparameter`; a tensor or variable of eager execution counts as the
            number it holds.

    Raises:
        InvalidArgumentError: it is nothing of that kind, or not finite.

    Example:
        >>> checked("SGD", "learning_rate", 1)
        1.0
    """
    if tf.is_tensor(value):
        return value if hasattr(value, "graph") else eager_number(value)
    if callable(value):
        return value
    if isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    raise InvalidArgumentError(
        f"{name} of {owner} must be a finite number, a function, a learning rate schedule or a "
        f"scalar tensor. Got {value!r} instead."
    )


def checked_range(
    owner: str, name: str, value: Any, low: float = -math.inf, high: float = math.inf
) -> Any:
    """As :func:`checked`, and a number must lie in ``[low, high]``.

    Raises:
        InvalidArgumentError: the number lies outside.

    Example:
        >>> checked_range("SGD", "momentum", 0.9, 0.0, 1.0)
        0.9
    """
    value = checked(owner, name, value)
    if isinstance(value, float) and not low <= value <= high:
        raise InvalidArgumentError(
            f"{name} of {owner} must be in the range [{low:g}, {high:g}]. Got {value!r} instead."
        )
    return value


def checked_number(owner: str, name: str, value: Any, low: float = 0.0) -> float:
    """As :func:`checked_range`, and nothing but a number will do.

    Raises:
        InvalidArgumentError: no number, or less than ``low``.

    Example:
        >>> checked_number("Adagrad", "epsilon", 1e-3)
        0.001
    """
    value = checked_range(owner, name, value, low)
    if isinstance(value, float):
        return value
    raise InvalidArgumentError(f"{name} of {owner} must be a number. Got {value!r} instead.")


def checked_epsilon(owner: str, epsilon: float | None) -> float:
    """The epsilon; 0 and None stand for 1e-7, as in Keras.

    Example:
        >>> checked_epsilon("Adam", None)
        1e-07
    """
    return checked_number(owner, "epsilon", epsilon or DEFAULT_EPSILON)


def is_schedule(value: Any) -> bool:
    """Whether it is a learning rate schedule of any Keras, told by class name to import none."""
    return any(cls.__name__ == "LearningRateSchedule" for cls in type(value).__mro__)


def scalar_variable(name: str, value: float, dtype: tf.DType = tf.float32) -> tf.Variable:
    """A scalar that is saved with the model but not trained, named within the current scope."""
    return state_variable(name, [], value, dtype)


def state_variable(name: str, shape: list[int], value: float, dtype: tf.DType) -> tf.Variable:
    """A variable that is saved with the model but not trained, filled with one value."""
    return tf.compat.v1.Variable(
        # A function: TensorFlow then builds the value outside of any control dependencies.
        initial_value=lambda: filled(value, shape, dtype),
        trainable=False,
        name=name,
        dtype=dtype,
        use_resource=True,
    )


class GraphHyperparameters:
    """The hyperparameters of one optimizer in the current graph.

    Numbers become float32 scalar variables of their names, within the current name scope, so that
    checkpoints hold them. Everything else is evaluated where it is read.

    Args:
        values: checked values by name.
        iterations: the int64 scalar variable that counts updates; schedules are called with it.
    """

    def __init__(self, values: Mapping[str, Any], iterations: tf.Variable):
        self.iterations = iterations
        self._sources = {
            name: scalar_variable(name, value) if isinstance(value, float) else value
            for name, value in sorted(values.items())
        }

    def read(self, name: str, dtype: tf.DType) -> tf.Tensor:
        """The present value, a scalar of this dtype."""
        source = self._sources[name]
        if is_schedule(source):
            source = source(tf.cast(self.iterations, dtype))
        elif callable(source):
            source = source()
        elif isinstance(source, tf.Variable):
            source = source.read_value()  # once, rather than by every op it is given to
        return tf.cast(source, dtype)
