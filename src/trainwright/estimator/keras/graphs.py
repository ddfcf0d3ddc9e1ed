"""Having Keras 3 objects work in the graph of an estimator."""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from trainwright.estimator.keras import (
    calls,
    metrics,
    naming,
    older,
    optimizers,
    randomness,
    variables,
)
from trainwright.estimator.keras.objects import KerasObjects, current, remembered
from trainwright.estimator.mode_keys import ModeKeys

v1 = tf.compat.v1


@contextlib.contextmanager
def keras_in_graph() -> Iterator[KerasObjects]:
    """Lets Keras 3 objects be made and called in the block, where a graph is the default.

    Within the block their automatic names are counted from the beginning; what layers assign while
    they are called is remembered; metrics and optimizers return ops that a session can run.
    """
    graph = v1.get_default_graph()
    objects = current()
    if objects is not None and objects.graph is graph:
        yield objects
        return
    for package in ("keras", "tf_keras"):
        if package in sys.modules:
            _install(package)
    with remembered(KerasObjects(graph)) as new:
        yield new


@functools.cache
def _install(package: str) -> None:
    """Changes a package's classes, once in a process."""
    keras: Any = sys.modules[package]
    if package == "tf_keras":
        older.install(keras)
    elif hasattr(keras, "Operation") and keras.backend.backend() == "tensorflow":
        for part in (naming, variables, randomness, calls, metrics, optimizers):
            part.install(keras)


def complete_spec(spec: Any, objects: KerasObjects, mode: str) -> Any:
    """An EstimatorSpec with what its Keras objects leave open.

    Args:
        spec: as the model_fn made it.
        objects: those of its graph.
        mode: one of ModeKeys.

    Returns:
        The spec, whose train_op also updates the state of layers (such as moving averages), and
        counts the global step where a Keras optimizer counts its own iterations and nothing else
        counts it; and whose scaffold gives variables the values that the model_fn assigned.
    """
    if mode == ModeKeys.TRAIN:
        spec = spec._replace(train_op=_complete_train_op(spec.train_op, objects))
    return spec._replace(scaffold=_complete_scaffold(spec.scaffold, objects))


def _complete_train_op(train_op: Any, objects: KerasObjects) -> Any:
    extra = list(objects.updates)
    step = v1.train.get_global_step()
    if objects.applied and step is not None and not _is_counted(step):
        with tf.control_dependencies([train_op]):
            extra.append(step.assign_add(1, read_value=False))
    return tf.group(train_op, *extra) if extra else train_op


def _is_counted(step: Any) -> bool:
    """Whether some op changes the global step, beside its initializer."""
    return any(
        op.type.startswith("Assign") and op is not step.initializer
        for op in step.handle.consumers()
    )


def _complete_scaffold(scaffold: Any, objects: KerasObjects) -> Any:
    values = [
        (variable, value)
        for variable, value in objects.initial_values
        if any(variable is other for other in v1.global_variables())
    ]
    if not values:
        return scaffold
    before = scaffold.init_fn

    def init_fn(owner: Any, session: Any) -> None:
        for variable, value in values:
            session.run(variable.initializer, {variable.initializer.inputs[1]: value})
        if before is not None:
            before(session)

    return v1.train.Scaffold(init_fn=init_fn, copy_from_scaffold=scaffold)
