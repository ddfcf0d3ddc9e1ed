"""Names of Keras 3 objects, counted anew in each graph.

Keras 3 counts automatic names up in the whole process: ``dense`` in the first graph, ``dense_1``
in the second, which then cannot restore the checkpoint of the first.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from trainwright.estimator.keras.methods import around
from trainwright.estimator.keras.objects import KerasObjects

v1 = tf.compat.v1


def install(keras: Any) -> None:
    """Changes the constructors that make up names."""
    around(keras.Operation, "__init__", _named)


def _named(original: Any, objects: KerasObjects, self: Any, *args: Any, **kwargs: Any) -> None:
    if not args:
        give_name(objects, self, kwargs)
    original(self, *args, **kwargs)


def give_name(objects: KerasObjects, instance: Any, arguments: dict[str, Any]) -> None:
    """Fills in the argument ``name`` where it was left to Keras."""
    if not arguments.get("name"):
        arguments["name"] = objects.auto_name(type(instance).__name__)


def variable_scope_name(path: str, scope: str, outermost: str | None = None) -> str:
    """The name scope that a variable belongs into.

    Keras opens a name scope of its layers' names several times for one layer, and TensorFlow gives
    each but the first a number. Without the numbers the names are those of TensorFlow 2.15.

    Args:
        path: the Keras variable's path, as in ``sequential/dense/kernel``.
        scope: the current name scope, as in ``tower/sequential_1/dense``; Keras may have left the
            scopes of inner layers already.
        outermost: the layer being called, where there is one. Keras 3 puts the name of a
            Sequential model that knows its input before that; TensorFlow 2.15 did not.

    Example:
        >>> variable_scope_name("sequential/dense/kernel", "tower/sequential_1/dense")
        'tower/sequential/dense'
        >>> variable_scope_name("sequential/dense/kernel", "tower")
        'tower/sequential/dense'
        >>> variable_scope_name("sequential/dense/kernel", "sequential/dense", "dense")
        'dense'
    """
    owners = path.split("/")[:-1]
    scopes = scope.split("/") if scope else []
    for common in range(min(len(scopes), len(owners)), 0, -1):
        if all(map(_is_numbered, scopes[-common:], owners)):
            scopes = scopes[:-common]
            break
    if outermost in owners:
        owners = owners[owners.index(outermost) :]
    return "/".join([*scopes, *owners])


def _is_numbered(scope: str, name: str) -> bool:
    return scope == name or (scope.startswith(f"{name}_") and scope[len(name) + 1 :].isdigit())
