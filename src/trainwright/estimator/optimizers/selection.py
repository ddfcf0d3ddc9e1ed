"""From what a user gives as ``optimizer`` to an optimizer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from trainwright.errors import InvalidArgumentError, did_you_mean
from trainwright.estimator.optimizers.adagrad import Adagrad
from trainwright.estimator.optimizers.adam import Adam
from trainwright.estimator.optimizers.adapters import keras, legacy_keras, v1
from trainwright.estimator.optimizers.adapters.construction import made_by
from trainwright.estimator.optimizers.base import Optimizer, SlotOptimizer
from trainwright.estimator.optimizers.ftrl import Ftrl
from trainwright.estimator.optimizers.rmsprop import RMSprop
from trainwright.estimator.optimizers.sgd import SGD

BY_NAME: Mapping[str, Callable[..., SlotOptimizer]] = {
    "Adagrad": Adagrad,
    "Adam": Adam,
    "Ftrl": Ftrl,
    "RMSProp": RMSprop,
    "SGD": SGD,
}
"""The names that canned estimators accept, spelled exactly so."""

# What a name takes in the v2 canned models of 2.15, seen by running it. DNN models leave it to the
# optimizer (SGD 0.01, all others 0.001); the linear ones do not look at their number of columns.
LINEAR_LEARNING_RATE = 0.2
COMBINED_DNN_LEARNING_RATE = 0.001
COMBINED_LINEAR_LEARNING_RATE = 0.005
BASELINE_LEARNING_RATE = 0.3
RNN_LEARNING_RATE = 0.05


def get_optimizer(spec: Any, learning_rate: float | None = None) -> Optimizer:
    """The optimizer that a user asks for; call it in the graph that is to be trained.

    Args:
        spec: a name of :data:`BY_NAME`; an optimizer: of this package, of ``tf.keras``, of
            ``tf_keras`` (legacy ones too), of ``tf.compat.v1.train``; or a function (or class)
            without arguments that makes one. Keras optimizers are replaced by equal ones of this
            package, so that their variables have the names of TensorFlow 2.15.
        learning_rate: what a name takes; None: the optimizer's own default.

    Raises:
        InvalidArgumentError: an unknown name, or nothing that can train.

    Example:
        >>> get_optimizer("Ftrl", LINEAR_LEARNING_RATE).get_config()["learning_rate"]
        0.2
    """
    if isinstance(spec, str):
        return _by_name(spec, learning_rate)
    optimizer = _adapted(spec)
    if optimizer is None and callable(spec):
        made = made_by(spec)
        optimizer = _adapted(made)
        if optimizer is None:
            raise _error(f"The function {_called(spec)} returned {made!r}")
    if optimizer is None:
        raise _error(f"Got {spec!r}")
    return optimizer


def _by_name(name: str, learning_rate: float | None) -> Optimizer:
    if name not in BY_NAME:
        raise InvalidArgumentError(
            f"Unknown optimizer name {name!r}. Accepted are: {', '.join(BY_NAME)}.",
            hint=did_you_mean(name, BY_NAME),
        )
    return BY_NAME[name]() if learning_rate is None else BY_NAME[name](learning_rate)


def _adapted(candidate: Any) -> Optimizer | None:
    if isinstance(candidate, type):
        return None
    if isinstance(candidate, Optimizer):
        return candidate
    adapted: Iterator[Optimizer | None] = (
        adapt(candidate) for adapt in (legacy_keras.adapt, keras.adapt, v1.adapt)
    )
    return next((optimizer for optimizer in adapted if optimizer is not None), None)


def _called(function: Any) -> str:
    return getattr(function, "__name__", repr(function))


def _error(received: str) -> InvalidArgumentError:
    return InvalidArgumentError(
        f"optimizer must be an optimizer, a function that makes one, or one of the names "
        f"{', '.join(BY_NAME)}. {received} instead."
    )
