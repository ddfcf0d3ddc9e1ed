"""Optimizers of Keras 3 in a graph: ours, equal and with the names of TensorFlow 2.15, step in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.keras.methods import added, around
from trainwright.estimator.keras.objects import KerasObjects, current
from trainwright.estimator.keras.unwrap import tensorflow_variable
from trainwright.estimator.optimizers import SlotOptimizer, get_optimizer
from trainwright.estimator.optimizers.hyperparameters import is_schedule

v1 = tf.compat.v1
_APPLIED = "applied"
_ITERATIONS = "iterations"


def install(keras: Any) -> None:
    """Changes ``keras.Optimizer``, and has v1 optimizers take Keras variables."""
    around(keras.Optimizer, "__init__", _init)
    around(keras.Optimizer, "apply", _apply)
    around(keras.Optimizer, "apply_gradients", _apply_gradients)
    added(keras.Optimizer, "minimize", _minimize)
    added(keras.Optimizer, "get_gradients", _get_gradients)
    added(keras.Optimizer, "get_updates", _get_updates)
    _settable_iterations(keras.Optimizer)
    _readable_learning_rate(keras.Optimizer)
    around(v1.train.Optimizer, "compute_gradients", _v1_compute_gradients)
    around(v1.train.Optimizer, "apply_gradients", _v1_apply_gradients)


def _init(original: Any, objects: KerasObjects, self: Any, *args: Any, **kwargs: Any) -> None:
    rate = kwargs.get("learning_rate")
    if tf.is_tensor(rate):
        # Keras refuses tensors, of which tf.compat.v1.train.exponential_decay returns one.
        kwargs["learning_rate"] = lambda: rate
    # Its variables are never used. In a graph of their own they do not get into checkpoints, nor
    # take the names that ours have.
    with tf.Graph().as_default():
        original(self, *args, **kwargs)


def _apply(
    original: Any,
    objects: KerasObjects,
    self: Any,
    grads: Sequence[Any],
    trainable_variables: Iterable[Any] | None = None,
) -> Any:
    """The op that makes one training step."""
    if not objects.is_default():
        return original(self, grads, trainable_variables)
    if trainable_variables is None:
        raise InvalidArgumentError(
            f"{type(self).__name__}.apply needs trainable_variables while a graph is being built."
        )
    return apply_once(
        objects, self, grads, list(trainable_variables), objects.noted(_ITERATIONS, self)
    )


def apply_once(
    objects: KerasObjects,
    optimizer: Any,
    gradients: Sequence[Any],
    variables: Sequence[Any],
    iterations: Any,
) -> Any:
    """The op that makes one training step as a Keras optimizer would.

    Args:
        objects: those of the graph.
        optimizer: of Keras 3 or tf_keras.
        gradients: one for each variable, None where a variable is to stay as it is.
        variables: Keras's or TensorFlow's.
        iterations: the variable that counts steps; None: one of the optimizer's own.

    Raises:
        InvalidArgumentError: the optimizer has no equal here, or it was applied before.
    """
    if objects.noted(_APPLIED, optimizer):
        raise InvalidArgumentError(
            f"This {type(optimizer).__name__} is applied a second time in the same graph.",
            hint="Give it all gradients and variables at once, or make an optimizer for each part.",
        )
    objects.note(_APPLIED, optimizer, True)
    if iterations is None:
        objects.applied.append(optimizer)
    pairs = zip(gradients, map(tensorflow_variable, variables), strict=True)
    return _slot_optimizer(optimizer).apply_op(list(pairs), iterations=iterations, name_scope="")


def _apply_gradients(
    original: Any,
    objects: KerasObjects,
    self: Any,
    grads_and_vars: Iterable[tuple[Any, Any]],
    **kwargs: Any,
) -> Any:
    """The op that makes one training step."""
    if not objects.is_default():
        return original(self, grads_and_vars, **kwargs)
    pairs = list(grads_and_vars)
    return self.apply([gradient for gradient, _ in pairs], [variable for _, variable in pairs])


def _minimize(
    objects: KerasObjects,
    self: Any,
    loss: Any,
    var_list: Any,
    grad_loss: Any = None,
    name: str | None = None,
    tape: Any = None,
) -> Any:
    """The op that makes one training step.

    The loss is a scalar tensor or a function that makes one; ``var_list`` may be a function too.
    A graph needs no tape, and takes no name here.
    """
    del objects, name, tape
    gradients, variables = minimize(loss, var_list, grad_loss)
    return self.apply(gradients, variables)


def minimize(loss: Any, var_list: Any, grad_loss: Any = None) -> tuple[list[Any], list[Any]]:
    """Gradients and variables, from what ``minimize`` of Keras optimizers took."""
    loss = loss() if callable(loss) else loss
    variables = list(var_list() if callable(var_list) else var_list)
    tensors = [tensorflow_variable(variable) for variable in variables]
    return tf.gradients(loss, tensors, grad_loss), variables


def _get_gradients(objects: KerasObjects, self: Any, loss: Any, params: Sequence[Any]) -> Any:
    """Gradients of the loss, as optimizers of older Keras gave them."""
    del objects, self
    return tf.gradients(loss, [tensorflow_variable(variable) for variable in params])


def _get_updates(objects: KerasObjects, self: Any, loss: Any, params: Sequence[Any]) -> list[Any]:
    """The op of one training step in a list, as optimizers of older Keras gave it."""
    return [_minimize(objects, self, loss, params)]


def _settable_iterations(optimizer_class: Any) -> None:
    """Allows ``optimizer.iterations = global_step``, which programs for tf.estimator write."""
    get = optimizer_class.iterations.fget

    def iterations(self: Any) -> Any:
        objects = current()
        given = objects.noted(_ITERATIONS, self) if objects else None
        return get(self) if given is None else given

    def set_iterations(self: Any, variable: Any) -> None:
        objects = current()
        if objects is None:
            raise AttributeError(
                f"iterations of {type(self).__name__} can only be set in the model_fn of an "
                "Estimator."
            )
        objects.note(_ITERATIONS, self, tensorflow_variable(variable))

    optimizer_class.iterations = property(iterations, set_iterations, doc=get.__doc__)


def _readable_learning_rate(optimizer_class: Any) -> None:
    """Has ``optimizer.learning_rate`` be the rate of the step, as for a summary."""
    get, assign = optimizer_class.learning_rate.fget, optimizer_class.learning_rate.fset

    def learning_rate(self: Any) -> Any:
        objects = current()
        if objects is None or not objects.is_default():
            return get(self)
        rate = _slot_optimizer(self).hyperparameters["learning_rate"]
        if is_schedule(rate):
            iterations = objects.noted(_ITERATIONS, self)
            return rate(v1.train.get_global_step() if iterations is None else iterations)
        return tf.convert_to_tensor(rate() if callable(rate) else rate, tf.float32)

    def set_learning_rate(self: Any, rate: Any) -> None:
        if current() is not None:
            raise InvalidArgumentError(
                f"learning_rate of {type(self).__name__} is set to {rate!r} in a graph, where that "
                "has no effect.",
                hint="Give it to the optimizer's constructor.",
            )
        assign(self, rate)

    optimizer_class.learning_rate = property(learning_rate, set_learning_rate, doc=get.__doc__)


def _slot_optimizer(keras_optimizer: Any) -> SlotOptimizer:
    optimizer = get_optimizer(keras_optimizer)
    assert isinstance(optimizer, SlotOptimizer)  # what Keras optimizers become
    return optimizer


def _v1_compute_gradients(
    original: Any,
    objects: KerasObjects,
    self: Any,
    loss: Any,
    var_list: Any = None,
    *args: Any,
    **kwargs: Any,
) -> Any:
    del objects
    if var_list is not None:
        var_list = [tensorflow_variable(variable) for variable in tf.nest.flatten(var_list)]
    return original(self, loss, var_list, *args, **kwargs)


def _v1_apply_gradients(
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
