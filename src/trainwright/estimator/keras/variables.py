"""Variables of Keras 3 in a graph: where they belong, and what changes them.

What a layer assigns to its variables while it is called, such as the moving averages of batch
normalization, becomes an op of each training step. What is assigned outside of a call, as by
``set_weights`` or ``load_weights``, is what the variable starts from.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.keras.eager import eagerly
from trainwright.estimator.keras.methods import around
from trainwright.estimator.keras.naming import give_name, variable_scope_name
from trainwright.estimator.keras.objects import COLLECTIONS, KerasObjects, current
from trainwright.estimator.keras.randomness import seeded
from trainwright.estimator.keras.unwrap import tensorflow_variable

v1 = tf.compat.v1
_CONSTRAINT = "constraint"
_LAST_UPDATE = "last update"
_PURPOSE = "purpose"


def install(keras: Any) -> None:
    """Changes ``keras.Variable``, and how layers hand on constraints."""
    around(keras.Variable, "__init__", _init)
    # In the first call of a model Keras creates the variables of its layers by this method.
    around(keras.Variable, "_deferred_initialize", _deferred_initialize)
    around(keras.Variable, "assign", _assign)
    around(keras.StatelessScope, "__enter__", _enter_stateless)
    around(keras.StatelessScope, "__exit__", _exit_stateless)
    around(keras.Layer, "add_weight", functools.partial(_add_weight, keras.constraints.get))
    _check_and_order_reads(keras.Variable)


def graph_of(variable: Any) -> Any:
    """The graph of a Keras variable, None where it lives in eager execution."""
    return getattr(tensorflow_variable(variable), "graph", None)


def _init(original: Any, objects: KerasObjects, self: Any, *args: Any, **kwargs: Any) -> None:
    give_name(objects, self, kwargs)
    if args:
        args = (seeded(objects, args[0]), *args[1:])
    else:
        kwargs["initializer"] = seeded(objects, kwargs["initializer"])
    # Keras may create it later, when this is forgotten.
    objects.note(_PURPOSE, self, objects.purpose)
    objects.note(_CONSTRAINT, self, objects.constraint)
    with tf.variable_creator_scope(functools.partial(_create, objects, self)):
        original(self, *args, **kwargs)


def _deferred_initialize(original: Any, objects: KerasObjects, self: Any) -> None:
    with tf.variable_creator_scope(functools.partial(_create, objects, self)):
        original(self)


def _create(
    objects: KerasObjects, keras_variable: Any, next_creator: Callable[..., Any], **kwargs: Any
) -> Any:
    """Creates the ``tf.Variable``, by the name and in the collections that it should have."""
    kwargs["constraint"] = objects.noted(_CONSTRAINT, keras_variable)
    scope = variable_scope_name(
        keras_variable.path,
        v1.get_default_graph().get_name_scope(),
        objects.calls[0].layer.name if objects.calls else None,
    )
    # The slash at the end keeps TensorFlow from numbering the scope.
    with v1.name_scope(f"{scope}/" if scope else None):
        variable = next_creator(**kwargs)
    collections = COLLECTIONS.get(objects.noted(_PURPOSE, keras_variable))
    if collections is not None:
        _leave(v1.GraphKeys.GLOBAL_VARIABLES, variable)
        for collection in collections:
            v1.add_to_collection(collection, variable)
    return variable


def _leave(collection: str, variable: Any) -> None:
    members = v1.get_collection_ref(collection)
    members[:] = [member for member in members if member is not variable]


def _add_weight(
    get_constraint: Any,
    original: Any,
    objects: KerasObjects,
    self: Any,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """Gives the constraint to the ``tf.Variable`` too, where all optimizers respect it."""
    objects.constraint = get_constraint(kwargs.get("constraint"))
    try:
        return original(self, *args, **kwargs)
    finally:
        objects.constraint = None


def _enter_stateless(original: Any, objects: KerasObjects, self: Any) -> Any:
    objects.stateless_scopes += 1
    return original(self)


def _exit_stateless(original: Any, objects: KerasObjects, self: Any, *problem: Any) -> Any:
    objects.stateless_scopes -= 1
    return original(self, *problem)


def _assign(original: Any, objects: KerasObjects, self: Any, value: Any) -> Any:
    if not objects.is_default() or objects.stateless_scopes:
        return original(self, value)
    check_belongs(objects, self, f"The Keras variable {self.path!r}")
    if not objects.calls or not objects.calls[-1].layer.built:
        objects.initial_values.append((tensorflow_variable(self), _array(self, value)))
        return value
    variable = tensorflow_variable(self)
    earlier = set(_assignments(variable))
    # Nothing is assigned in the step that finds the input at its end.
    with tf.control_dependencies(objects.calls[-1].inputs):
        result = original(self, value)
    for op in _assignments(variable):
        if op not in earlier:
            objects.updates.append(op)
            objects.note(_LAST_UPDATE, self, op)
    return result


def check_belongs(objects: KerasObjects, variable: Any, what: str) -> None:
    """Checks that a Keras variable is one of the graph being built.

    Raises:
        InvalidArgumentError: it belongs to eager execution or to another graph.
    """
    graph = graph_of(variable)
    if graph is not objects.graph:
        home = "eager execution" if graph is None else "another graph"
        raise InvalidArgumentError(
            f"{what} belongs to {home}, not to the graph that is being built.",
            hint="Create Keras objects inside the model_fn, anew at each call. For a model with "
            "weights use trainwright.estimator.model_to_estimator.",
        )


def _assignments(variable: Any) -> list[Any]:
    return [op for op in variable.handle.consumers() if op.type.startswith("Assign")]


def _array(variable: Any, value: Any) -> np.ndarray:
    """The value that a variable is to start from."""
    value = tensorflow_variable(value)
    if isinstance(value, tf.Variable) and not hasattr(value, "graph"):
        value = eagerly(value.numpy)
    if tf.is_tensor(value) and hasattr(value, "graph"):
        value = tf.get_static_value(value)
        if value is None:
            raise InvalidArgumentError(
                f"The Keras variable {variable.path!r} is assigned a tensor of the graph outside "
                "of a layer's call: nothing would run that.",
                hint="Assign it in the layer's call, or make an op with "
                "tf.compat.v1.assign(variable.value, ...) and group it with the train_op.",
            )
    array = np.asarray(value, dtype=variable.dtype)
    if tuple(array.shape) != tuple(variable.shape):
        raise InvalidArgumentError(
            f"The Keras variable {variable.path!r} has the shape {tuple(variable.shape)}. Got a "
            f"value of the shape {array.shape} for it."
        )
    return array


def _check_and_order_reads(variable_class: Any) -> None:
    """Refuses variables from elsewhere; a layer called again reads what its first call assigned."""
    original = variable_class.value.fget

    def value(self: Any) -> Any:
        objects = current()
        if objects is None or not objects.is_default() or tensorflow_variable(self) is self:
            return original(self)
        check_belongs(objects, self, f"The Keras variable {self.path!r}")
        last = objects.noted(_LAST_UPDATE, self) if objects.calls else None
        if last is None:
            return original(self)
        with tf.control_dependencies([last]):
            present = original(self)
            return present.read_value() if isinstance(present, tf.Variable) else present

    variable_class.value = property(value, doc=original.__doc__)
