"""What all layers share: a variable scope, variables in it, and when they are made."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import tensorflow as tf

from trainwright.errors import InvalidArgumentError

v1 = tf.compat.v1

Function = Callable[..., Any]


class Layer:
    """A layer of a graph: makes its variables at its first call, and uses them in all.

    Subclasses override :meth:`build` and :meth:`call`.

    Args:
        trainable: whether its variables join TRAINABLE_VARIABLES.
        name: its variable scope; None: the class's name, with a number where that is taken.
        dtype: of its variables; None: that of the first input.
        activity_regularizer: gives a loss for each output.
        _reuse: whether variables that are there are used: True, False, or
            ``tf.compat.v1.AUTO_REUSE``.
        _scope: a variable scope in place of the name.
    """

    def __init__(
        self,
        trainable: bool = True,
        name: str | None = None,
        dtype: Any = None,
        *,
        activity_regularizer: Function | None = None,
        _reuse: Any = None,
        _scope: Any = None,
    ):
        self.trainable = trainable
        self.built = False
        self.updates: list[Any] = []
        self.activity_regularizer = activity_regularizer
        self._dtype = None if dtype is None else tf.as_dtype(dtype)
        self._name = name
        self._reuse = _reuse
        self._scope = _scope if isinstance(_scope, v1.VariableScope) else None
        if isinstance(_scope, str):
            self._name = _scope
        self._variables: list[tuple[Any, bool]] = []

    @property
    def name(self) -> str:
        """The last part of its variable scope; before the first call what it was given."""
        if self._scope is not None:
            return str(self._scope.name).rpartition("/")[2]
        return self._name or default_name(type(self).__name__)

    @property
    def dtype(self) -> Any:
        """The type of its variables, None before that is known."""
        return self._dtype

    @property
    def variables(self) -> list[Any]:
        """All its variables."""
        return [variable for variable, _ in self._variables]

    weights = variables

    @property
    def trainable_variables(self) -> list[Any]:
        """Those that training changes."""
        return [v for v, trainable in self._variables if trainable and self.trainable]

    trainable_weights = trainable_variables

    @property
    def non_trainable_variables(self) -> list[Any]:
        """The others."""
        return [v for v, trainable in self._variables if not (trainable and self.trainable)]

    non_trainable_weights = non_trainable_variables

    def build(self, input_shape: Any) -> None:
        """Makes the variables; called once, in the layer's scope.

        Args:
            input_shape: the TensorShape of the first input.
        """

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """What the layer computes."""
        raise NotImplementedError(f"{type(self).__name__} has no call.")

    def __call__(self, inputs: Any, *args: Any, scope: Any = None, **kwargs: Any) -> Any:
        """Calls the layer in its scope.

        Args:
            inputs: a tensor, or what converts to one.
            scope: a variable scope for the first call, where the layer was given none.
            *args: further arguments of :meth:`call`.
            **kwargs: the same, by name.
        """
        inputs = tf.nest.map_structure(tf.convert_to_tensor, inputs)
        first = tf.nest.flatten(inputs)[0]
        if self._dtype is None:
            self._dtype = first.dtype.base_dtype
        with self._entered(scope):
            if not self.built:
                self.build(first.shape)
                self.built = True
            outputs = self.call(inputs, *args, **kwargs)
            self._regularize_activity(outputs)
        return outputs

    apply = __call__

    @contextlib.contextmanager
    def _entered(self, scope: Any) -> Iterator[None]:
        if self._scope is not None:
            reuse = True if self.built else self._reuse
            with v1.variable_scope(self._scope, reuse=reuse):
                yield
            return
        default = default_name(type(self).__name__)
        given = scope if scope is not None else self._name
        if given is None and self._reuse:
            given = default
        with v1.variable_scope(given, default_name=default, reuse=self._reuse) as entered:
            self._scope = entered
            yield

    def add_weight(
        self,
        name: str,
        shape: Sequence[int],
        dtype: Any = None,
        initializer: Any = None,
        regularizer: Function | None = None,
        trainable: bool = True,
        constraint: Function | None = None,
        **kwargs: Any,
    ) -> Any:
        """A variable in the layer's scope.

        Args:
            name: within the scope.
            shape: its shape.
            dtype: its type; None: the layer's.
            initializer: None: that of the variable scope, else Glorot's uniform one. This and the
                next two may be names that Keras knows.
            regularizer: gives a loss for it, which joins REGULARIZATION_LOSSES.
            trainable: whether it is trained, if the layer is.
            constraint: applied by optimizers after each update.
            **kwargs: further arguments of ``tf.compat.v1.get_variable``.
        """
        variable = v1.get_variable(
            name,
            shape=list(shape),
            dtype=dtype or self._dtype,
            initializer=_by_name(tf.keras.initializers, initializer),
            regularizer=_by_name(tf.keras.regularizers, regularizer),
            trainable=trainable and self.trainable,
            constraint=_by_name(tf.keras.constraints, constraint),
            **kwargs,
        )
        self._variables.append((variable, trainable))
        return variable

    add_variable = add_weight

    def add_update(self, op: Any) -> None:
        """Adds an op to UPDATE_OPS."""
        self.updates.append(op)
        v1.add_to_collection(v1.GraphKeys.UPDATE_OPS, op)

    def _regularize_activity(self, outputs: Any) -> None:
        if self.activity_regularizer is None:
            return
        for output in tf.nest.flatten(outputs):
            with v1.name_scope("ActivityRegularizer"):
                batch = tf.cast(tf.shape(output)[0], output.dtype)
                loss = self.activity_regularizer(output) / batch
            v1.add_to_collection(v1.GraphKeys.REGULARIZATION_LOSSES, loss)


def default_name(class_name: str) -> str:
    """The name of a layer that is given none.

    Example:
        >>> [default_name(name) for name in ("Dense", "MaxPooling2D", "BasicLSTMCell", "GRUCell")]
        ['dense', 'max_pooling2d', 'basic_lstm_cell', 'gru_cell']
    """
    words = re.sub(r"(?<=.)([A-Z][a-z0-9]+)", r"_\1", class_name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()


def _by_name(module: Any, given: Any) -> Any:
    """What Keras calls by this name; anything but a name as it is."""
    return module.get(given) if isinstance(given, str) else given


def activation_function(activation: Any) -> Function | None:
    """The function for an ``activation`` argument: a function, its name, or None.

    Raises:
        InvalidArgumentError: an unknown name, or nothing that can be called.

    Example:
        >>> activation_function("relu") is tf.nn.relu
        True
    """
    if activation is None or activation == "linear":
        return None
    if isinstance(activation, str):
        known = getattr(tf.nn, activation, None) or getattr(tf.keras.activations, activation, None)
        if known is None:
            raise InvalidArgumentError(
                f"activation {activation!r} is no function in tf.nn or tf.keras.activations."
            )
        activation = known
    if not callable(activation):
        raise InvalidArgumentError(f"activation must be a function. Got {activation!r} instead.")
    function: Function = activation
    return function


def known_dimension(shape: Any, axis: int, layer: str) -> int:
    """The size of a dimension that a layer's variables depend on.

    Raises:
        InvalidArgumentError: it is not known.
    """
    size = tf.TensorShape(shape)[axis] if tf.TensorShape(shape).rank is not None else None
    if size is None:
        raise InvalidArgumentError(
            f"The input of {layer} must have a known size along axis {axis}. Its shape is {shape}.",
            hint="Set it with tensor.set_shape or tf.reshape.",
        )
    return int(size)


def smart_condition(condition: Any, true: Function, false: Function) -> Any:
    """One of two functions' results: chosen now where the condition is known, else in the graph.

    Example:
        >>> smart_condition(True, lambda: "now", lambda: "never")
        'now'
    """
    known = tf.get_static_value(condition) if tf.is_tensor(condition) else condition
    if known is not None:
        return true() if known else false()
    return tf.cond(tf.cast(condition, tf.bool), true, false)
