"""Dense, dropout and flatten."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from trainwright.compat.layers.base import (
    Function,
    Layer,
    activation_function,
    known_dimension,
    smart_condition,
)
from trainwright.errors import InvalidArgumentError

v1 = tf.compat.v1
_ZEROS = v1.zeros_initializer()


class Dense(Layer):
    """``activation(inputs @ kernel + bias)`` along the last axis, as :func:`dense`."""

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = None,
        bias_initializer: Any = _ZEROS,
        kernel_regularizer: Function | None = None,
        bias_regularizer: Function | None = None,
        activity_regularizer: Function | None = None,
        kernel_constraint: Function | None = None,
        bias_constraint: Function | None = None,
        trainable: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(trainable, name, activity_regularizer=activity_regularizer, **kwargs)
        self.units = int(units)
        self.activation = activation_function(activation)
        self.use_bias = use_bias
        self._kernel = (kernel_initializer, kernel_regularizer, kernel_constraint)
        self._bias = (bias_initializer, bias_regularizer, bias_constraint)

    def build(self, input_shape: Any) -> None:
        """Makes ``kernel [inputs, units]`` and ``bias [units]``."""
        if not (self.dtype.is_floating or self.dtype.is_complex):
            raise InvalidArgumentError(
                f"The input of {self.name} must be of floating numbers. Got {self.dtype.name}.",
                hint="Convert it with tf.cast.",
            )
        inputs = known_dimension(input_shape, -1, self.name)
        initializer, regularizer, constraint = self._kernel
        self.kernel = self.add_weight(
            "kernel",
            [inputs, self.units],
            initializer=initializer,
            regularizer=regularizer,
            constraint=constraint,
        )
        self.bias = None
        if self.use_bias:
            initializer, regularizer, constraint = self._bias
            self.bias = self.add_weight(
                "bias",
                [self.units],
                initializer=initializer,
                regularizer=regularizer,
                constraint=constraint,
            )

    def call(self, inputs: Any) -> Any:
        """From ``[..., inputs]`` to ``[..., units]``."""
        inputs = tf.cast(inputs, self.dtype)
        if inputs.shape.rank is not None and inputs.shape.rank > 2:
            outputs = tf.tensordot(inputs, self.kernel, [[inputs.shape.rank - 1], [0]])
            outputs.set_shape([*inputs.shape[:-1], self.units])
        else:
            outputs = tf.matmul(inputs, self.kernel)
        if self.bias is not None:
            outputs = tf.nn.bias_add(outputs, self.bias)
        return outputs if self.activation is None else self.activation(outputs)


class Dropout(Layer):
    """Sets inputs to zero at random while training; arguments as of :func:`dropout`."""

    def __init__(
        self,
        rate: Any = 0.5,
        noise_shape: Any = None,
        seed: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        self.rate = rate
        self.noise_shape = noise_shape
        self.seed = seed

    def call(self, inputs: Any, training: Any = False) -> Any:
        """The inputs, those that are kept divided by ``1 - rate``."""
        return smart_condition(
            training,
            lambda: tf.nn.dropout(
                inputs, rate=self.rate, noise_shape=self.noise_shape, seed=self.seed
            ),
            lambda: tf.identity(inputs),
        )


class Flatten(Layer):
    """Joins all axes but the first; arguments as of :func:`flatten`."""

    def __init__(self, data_format: str | None = None, name: str | None = None, **kwargs: Any):
        super().__init__(name=name, **kwargs)
        self.data_format = data_format or "channels_last"

    def call(self, inputs: Any) -> Any:
        """From ``[batch, ...]`` to ``[batch, features]``."""
        rank = inputs.shape.rank
        if self.data_format == "channels_first" and rank is not None and rank > 1:
            inputs = tf.transpose(inputs, [0, *range(2, rank), 1])
        inner = inputs.shape[1:]
        if inner.is_fully_defined():
            return tf.reshape(inputs, [-1, int(np.prod(inner.as_list()))])
        outputs = tf.reshape(inputs, [tf.shape(inputs)[0], -1])
        outputs.set_shape([inputs.shape[0], None])
        return outputs


def dense(
    inputs: Any,
    units: int,
    activation: Any = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = _ZEROS,
    kernel_regularizer: Function | None = None,
    bias_regularizer: Function | None = None,
    activity_regularizer: Function | None = None,
    kernel_constraint: Function | None = None,
    bias_constraint: Function | None = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Any:
    """A densely connected layer.

    Args:
        inputs: ``[..., features]``.
        units: the size of the output's last axis.
        activation: a function of the output, or its name in ``tf.nn``.
        use_bias: whether there is a bias.
        kernel_initializer: None: that of the variable scope, else Glorot's uniform one.
        bias_initializer: of the bias.
        kernel_regularizer: gives a loss for the kernel.
        bias_regularizer: gives a loss for the bias.
        activity_regularizer: gives a loss for the output.
        kernel_constraint: applied to the kernel after each update.
        bias_constraint: applied to the bias after each update.
        trainable: whether the variables are trained.
        name: the layer's variable scope.
        reuse: whether to use variables that are there under this name.

    Returns:
        ``[..., units]``.
    """
    layer = Dense(
        units,
        activation,
        use_bias,
        kernel_initializer,
        bias_initializer,
        kernel_regularizer,
        bias_regularizer,
        activity_regularizer,
        kernel_constraint,
        bias_constraint,
        trainable,
        name,
        _reuse=reuse,
    )
    return layer(inputs)


def dropout(
    inputs: Any,
    rate: Any = 0.5,
    noise_shape: Any = None,
    seed: int | None = None,
    training: Any = False,
    name: str | None = None,
) -> Any:
    """Sets inputs to zero at random while training.

    Args:
        inputs: a tensor.
        rate: the share of inputs set to zero, in ``[0, 1)``.
        noise_shape: the shape of the random mask, where it is to be broadcast.
        seed: of the mask.
        training: a bool, or a tensor of one.
        name: the layer's name.
    """
    return Dropout(rate, noise_shape, seed, name)(inputs, training=training)


def flatten(inputs: Any, name: str | None = None, data_format: str = "channels_last") -> Any:
    """Joins all axes but the first.

    Args:
        inputs: ``[batch, ...]``.
        name: the layer's name.
        data_format: ``channels_last``, or ``channels_first``, which is flattened in the same order.

    Returns:
        ``[batch, features]``.

    Example:
        >>> flatten(tf.zeros([2, 3, 4])).shape.as_list()
        [2, 12]
    """
    return Flatten(data_format, name)(inputs)
