"""Calling Keras 3 layers in a graph, and what code written for older Keras asks them for."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from trainwright.estimator.keras.methods import added, around
from trainwright.estimator.keras.objects import Call, KerasObjects
from trainwright.estimator.keras.unwrap import tensorflow_variable
from trainwright.estimator.keras.variables import check_belongs


def install(keras: Any) -> None:
    """Changes ``keras.Layer``."""
    around(keras.Layer, "__call__", _call)
    added(keras.Layer, "get_updates_for", _get_updates_for)
    added(keras.Layer, "get_losses_for", _get_losses_for)


def _call(original: Any, objects: KerasObjects, self: Any, *args: Any, **kwargs: Any) -> Any:
    if not objects.calls:
        for weight in self.weights:
            check_belongs(objects, weight, f"The Keras layer {self.name!r}")
    objects.calls.append(
        Call(self, [x for x in tf.nest.flatten((args, kwargs)) if _is_in(objects, x)])
    )
    try:
        return original(self, *args, **kwargs)
    finally:
        objects.calls.pop()


def _is_in(objects: KerasObjects, argument: Any) -> bool:
    return tf.is_tensor(argument) and getattr(argument, "graph", None) is objects.graph


def _get_updates_for(objects: KerasObjects, self: Any, inputs: Any) -> list[Any]:
    """Ops that update this layer's state; the train_op runs them even if it is not told to.

    With ``inputs=None`` those that depend on no input, which in Keras 3 are none.
    """
    if inputs is None:
        return []
    handles = {id(tensorflow_variable(variable).handle) for variable in self.variables}
    return [op for op in objects.updates if id(op.inputs[0]) in handles]


def _get_losses_for(objects: KerasObjects, self: Any, inputs: Any) -> list[Any]:
    """Regularization losses, all of them with ``inputs=None``."""
    del objects
    return list(self.losses) if inputs is None else []
