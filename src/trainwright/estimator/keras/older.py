"""Optimizers of the package tf_keras, Keras 2, in a graph.

Its layers and metrics work in graphs as they did in TensorFlow 2.15, and so do its legacy
optimizers, once they are given the variables that they know. Its newer optimizers do not: in
TensorFlow 2.15 they counted steps and trained nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import tensorflow as tf

from trainwright.estimator.keras.methods import around
from trainwright.estimator.keras.objects import KerasObjects
from trainwright.estimator.keras.optimizers import apply_once, minimize
from trainwright.estimator.keras.unwrap import tensorflow_variable


def install(tf_keras: Any) -> None:
    """Changes both kinds of optimizers."""
    legacy = tf_keras.optimizers.legacy.Optimizer
    for name in ("get_gradients", "get_updates", "minimize"):
        around(legacy, name, _with_variables)
    around(legacy, "apply_gradients", _with_pairs)
    newer = tf_keras.optimizers.Optimizer
    for name in ("__init__", "_build_learning_rate"):
        around(newer, name, _in_graph_of_its_own)
    around(newer, "apply_gradients", _apply_gradients)
    around(newer, "minimize", _minimize)


def _with_variables(
    original: Any,
    objects: KerasObjects,
    self: Any,
    loss: Any,
    variables: Any,
    *args: Any,
    **kwargs: Any,
) -> Any:
    del objects
    if isinstance(variables, Sequence):
        variables = [tensorflow_variable(variable) for variable in variables]
    return original(self, loss, variables, *args, **kwargs)


def _with_pairs(
    original: Any,
    objects: KerasObjects,
    self: Any,
    grads_and_vars: Iterable[tuple[Any, Any]],
    *args: Any,
    **kwargs: Any,
) -> Any:
    del objects
    pairs = [(gradient, tensorflow_variable(variable)) for gradient, variable in grads_and_vars]
    return original(self, pairs, *args, **kwargs)


def _in_graph_of_its_own(
    original: Any, objects: KerasObjects, self: Any, *args: Any, **kwargs: Any
) -> Any:
    del objects
    # The variables made here are never used, and should not get into checkpoints.
    with tf.Graph().as_default():
        return original(self, *args, **kwargs)


def _apply_gradients(
    original: Any,
    objects: KerasObjects,
    self: Any,
    grads_and_vars: Iterable[tuple[Any, Any]],
    *args: Any,
    **kwargs: Any,
) -> Any:
    if not objects.is_default():
        return original(self, grads_and_vars, *args, **kwargs)
    pairs = list(grads_and_vars)
    gradients, variables = [gradient for gradient, _ in pairs], [variable for _, variable in pairs]
    return apply_once(objects, self, gradients, variables, _iterations(objects, self))


def _minimize(
    original: Any,
    objects: KerasObjects,
    self: Any,
    loss: Any,
    var_list: Any,
    tape: Any = None,
) -> Any:
    if not objects.is_default():
        return original(self, loss, var_list, tape)
    gradients, variables = minimize(loss, var_list)
    return apply_once(objects, self, gradients, variables, _iterations(objects, self))


def _iterations(objects: KerasObjects, optimizer: Any) -> Any:
    """The variable that was set as the optimizer's iterations, None where it was its own."""
    iterations = optimizer.iterations
    return iterations if getattr(iterations, "graph", None) is objects.graph else None
