"""Optimizers of Keras 3, ``tf.keras.optimizers``, and the newer ones of ``tf_keras``.

In the graph of a session they go wrong (Keras 3 returns nothing a session can run) and name their
variables in another way. So one of ours, with the same hyperparameters, the names and the
arithmetic of the legacy Keras optimizers, takes their place. The packages are recognised by name
and never imported here.
"""

from __future__ import annotations

import re
from typing import Any

import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.keras.unwrap import tensorflow_variable
from trainwright.estimator.optimizers.adapters.take_over import CLASSES, take_over
from trainwright.estimator.optimizers.base import Optimizer
from trainwright.estimator.optimizers.eager import eager_number

_UNSUPPORTED = ("weight_decay", "use_ema", "loss_scale_factor", "gradient_accumulation_steps")


def is_keras(candidate: Any) -> bool:
    """Whether it is a Keras optimizer other than a legacy one."""
    return any(
        cls.__name__ == "Optimizer" and cls.__module__.split(".")[0] in ("keras", "tf_keras")
        for cls in type(candidate).__mro__
    )


def adapt(candidate: Any) -> Optimizer | None:
    """An equal optimizer of ours, None for what is no Keras optimizer.

    Raises:
        InvalidArgumentError: the class, or an argument it was made with, has no equal.
    """
    if not is_keras(candidate):
        return None
    cls = type(candidate)
    if cls.__name__ not in CLASSES or cls.__module__.split(".")[0] not in ("keras", "tf_keras"):
        raise InvalidArgumentError(
            f"The Keras optimizer {cls.__module__}.{cls.__name__} cannot train an estimator.",
            hint=f"Those that can: {', '.join(CLASSES)}; and any tf.compat.v1.train optimizer.",
        )
    for name in _UNSUPPORTED:
        if getattr(candidate, name, None):
            raise InvalidArgumentError(
                f"{cls.__name__} was made with {name}={getattr(candidate, name)!r}, which "
                "estimators do not support.",
                hint=f"Leave {name} out.",
            )
    known = {"name": _name(candidate), "learning_rate": _learning_rate(candidate)}
    return take_over(candidate, known)


def _name(candidate: Any) -> str:
    """The name it was given; the class's where Keras made up one, as in ``adam_3``."""
    cls = type(candidate).__name__
    automatic = re.sub(r"_\d+$", "", candidate.name).replace("_", "")
    return cls if automatic == cls.lower() else str(candidate.name)


def _learning_rate(candidate: Any) -> Any:
    """A number, or the schedule or function that was given."""
    rate = candidate._learning_rate
    if not hasattr(rate, "numpy"):
        return rate
    variable = tensorflow_variable(rate)
    if not hasattr(variable, "graph"):
        return eager_number(variable)
    number = tf.get_static_value(variable.initial_value)
    if number is None:
        raise InvalidArgumentError(
            f"The learning rate of {type(candidate).__name__} is a tensor, whose first value it "
            "would keep.",
            hint="Give a learning rate schedule, or make the optimizer of the same name in "
            "tf_keras.optimizers.legacy.",
        )
    return float(number)
