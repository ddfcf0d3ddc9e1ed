"""Hyperparameters in configurations."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.optimizers.hyperparameters import is_schedule


def configured(owner: str, name: str, value: Any) -> Any:
    """The hyperparameter as a configuration holds it.

    Raises:
        InvalidArgumentError: it is a function or a tensor, which only exist in this process.
    """
    if isinstance(value, float):
        return value
    if is_schedule(value):
        return {"class_name": type(value).__name__, "config": value.get_config()}
    raise InvalidArgumentError(
        f"{name} of {owner} is {value!r}, which a configuration cannot hold.",
        hint="Give a number or a learning rate schedule.",
    )


def from_configured(value: Any) -> Any:
    """The inverse of :func:`configured`; anything else stays as it is."""
    if isinstance(value, dict) and "class_name" in value:
        return tf.keras.optimizers.schedules.deserialize(value)
    return value
