"""Changing a method of a Keras class for graphs of estimators only."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from trainwright.estimator.keras.objects import current


def around(owner: type, name: str, replacement: Callable[..., Any]) -> None:
    """Has a method replaced while the graph of an estimator is being built.

    Args:
        owner: a public class of Keras or TensorFlow.
        name: of its method.
        replacement: called with the original method, the
            :class:`~trainwright.estimator.keras.objects.KerasObjects` of the graph, the instance
            and its arguments. Outside of such graphs the original is called.
    """
    original = getattr(owner, name)

    @functools.wraps(original)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        objects = current()
        if objects is None:
            return original(self, *args, **kwargs)
        return replacement(original, objects, self, *args, **kwargs)

    # Keras looks at the arguments of constructors, past any wrapper.
    method.__signature__ = inspect.signature(original)  # type: ignore[attr-defined]
    setattr(owner, name, method)


def added(owner: type, name: str, method: Callable[..., Any]) -> None:
    """Gives a class a method that it lacks, for graphs of estimators only.

    Args:
        owner: a public class of Keras.
        name: of the method, which code written for older Keras calls.
        method: called with the KerasObjects of the graph, the instance and its arguments. Outside
            of such graphs the attribute stays absent.
    """
    if hasattr(owner, name):
        return

    def get(self: Any) -> Callable[..., Any]:
        objects = current()
        if objects is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return functools.partial(method, objects, self)

    setattr(owner, name, property(get, doc=method.__doc__))
