"""Making one of our optimizers equal to a Keras one."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from trainwright.estimator.optimizers.adadelta import Adadelta
from trainwright.estimator.optimizers.adagrad import Adagrad
from trainwright.estimator.optimizers.adam import Adam
from trainwright.estimator.optimizers.adamax import Adamax
from trainwright.estimator.optimizers.base import SlotOptimizer
from trainwright.estimator.optimizers.ftrl import Ftrl
from trainwright.estimator.optimizers.nadam import Nadam
from trainwright.estimator.optimizers.rmsprop import RMSprop
from trainwright.estimator.optimizers.sgd import SGD

CLASSES: Mapping[str, Callable[..., SlotOptimizer]] = {
    cls.__name__: cls for cls in (Adadelta, Adagrad, Adam, Adamax, Ftrl, Nadam, RMSprop, SGD)
}
"""Our optimizers by the class names that Keras and we share."""

_CLIPPING = ("clipnorm", "clipvalue", "global_clipnorm")


def take_over(candidate: Any, known: Mapping[str, Any]) -> SlotOptimizer:
    """One of ours with the arguments of a Keras optimizer of the same class name.

    Args:
        candidate: the Keras optimizer.
        known: arguments to take from here; the others are read off the candidate's attributes,
            public or private.
    """
    ours = CLASSES[type(candidate).__name__]
    arguments = {
        name: known[name] if name in known else _attribute(candidate, name)
        for name in list(inspect.signature(ours).parameters)[:-1]
    }
    clipping = {name: getattr(candidate, name) for name in _CLIPPING}
    limits = {name: limit for name, limit in clipping.items() if limit is not None}
    decay = {"decay": known["decay"]} if "decay" in known else {}
    return ours(**arguments, **limits, **decay)


def _attribute(candidate: Any, name: str) -> Any:
    private = f"_{name}"
    return getattr(candidate, private if private in vars(candidate) else name)
