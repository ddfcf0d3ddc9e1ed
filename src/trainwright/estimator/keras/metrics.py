"""Metrics of Keras 3 in a graph: an update that a session can run, variables local to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.keras.methods import around
from trainwright.estimator.keras.naming import give_name
from trainwright.estimator.keras.objects import METRIC, KerasObjects, current

v1 = tf.compat.v1
_UPDATES = "updates"


def install(keras: Any) -> None:
    """Changes ``keras.Metric``."""
    around(keras.Metric, "__init__", _init)
    around(keras.Metric, "add_variable", _add_variable)
    around(keras.Metric, "__call__", _call)


def is_keras_metric(candidate: Any) -> bool:
    """Whether it is a metric of Keras 3; Keras is told by name and not imported."""
    return any(
        cls.__name__ == "Metric" and cls.__module__.startswith("keras.")
        for cls in type(candidate).__mro__
    )


def updates_of(metric: Any) -> list[Any]:
    """The ops that update a Keras 3 metric in the graph being built."""
    objects = current()
    return list(objects.noted(_UPDATES, metric) or ()) if objects else []


def metric_pair(metric: Any, name: str) -> tuple[Any, Any]:
    """Value and update op of a Keras 3 metric, as ``eval_metric_ops`` wants them.

    Args:
        metric: a metric object that was updated in the graph being built.
        name: what it is called, for messages.

    Raises:
        InvalidArgumentError: it was not updated, or its result is not one tensor.
    """
    updates = updates_of(metric)
    if not updates:
        raise InvalidArgumentError(
            f"eval_metric_ops[{name!r}] is the Keras metric {metric!r}, but nothing updates it.",
            hint="In the model_fn, make the metric and call its update_state(labels, predictions) "
            "before the EstimatorSpec.",
        )
    value = metric.result()
    if isinstance(value, dict | list | tuple):
        raise InvalidArgumentError(
            f"eval_metric_ops[{name!r}] must have one value. The result of the Keras metric "
            f"{metric!r} is {value!r}.",
            hint="Give each value a metric and a name of its own.",
        )
    return tf.convert_to_tensor(value), tf.group(*updates)


def make_local(variables: Iterable[Any]) -> None:
    """Has sessions initialise the variables of a metric, which metrics of tf_keras leave out."""
    for collection in (v1.GraphKeys.LOCAL_VARIABLES, v1.GraphKeys.METRIC_VARIABLES):
        members = v1.get_collection_ref(collection)
        members += [v for v in variables if not any(v is member for member in members)]


def _init(original: Any, objects: KerasObjects, self: Any, *args: Any, **kwargs: Any) -> None:
    give_name(objects, self, kwargs)
    original(self, *args, **kwargs)
    accumulate = self.update_state

    def update_state(*args: Any, **kwargs: Any) -> Any:
        """Takes a batch into the metric.

        Returns:
            The op that does so.
        """
        if not objects.is_default():
            return accumulate(*args, **kwargs)
        # In a function assignments happen, and in the order in which they are written.
        update = tf.function(lambda: (accumulate(*args, **kwargs), 0)[1], autograph=False)
        op = update().op
        objects.note(_UPDATES, self, [*updates_of(self), op])
        return op

    self.update_state = update_state


def _add_variable(
    original: Any, objects: KerasObjects, self: Any, *args: Any, **kwargs: Any
) -> Any:
    # Some metrics create their variables at their first update, which is inside a function.
    with objects.creating(METRIC), tf.init_scope():
        return original(self, *args, **kwargs)


def _call(original: Any, objects: KerasObjects, self: Any, *args: Any, **kwargs: Any) -> Any:
    """The value after the batch has been taken in."""
    if not objects.is_default():
        return original(self, *args, **kwargs)
    with tf.control_dependencies([self.update_state(*args, **kwargs)]):
        return self.result()
