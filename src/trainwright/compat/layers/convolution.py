"""Convolution in one, two and three dimensions."""

from __future__ import annotations

from typing import Any, ClassVar

import tensorflow as tf

from trainwright.compat.layers.base import Function, Layer, activation_function, known_dimension
from trainwright.compat.layers.windows import channel_axis, padding_mode, tensor_format, window

ZEROS = tf.compat.v1.zeros_initializer()


class Convolution(Layer):
    """What convolutions share.

    Args:
        filters: channels of the output.
        kernel_size: an integer, or one for each spatial axis.
        strides: steps between positions, the same.
        padding: ``valid`` or ``same``.
        data_format: ``channels_last`` or ``channels_first``.
        dilation_rate: distance of neighbours within the kernel, the same.
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
    """

    DIMENSIONS: ClassVar[int]

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str = "channels_last",
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = None,
        bias_initializer: Any = ZEROS,
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
        self.filters = int(filters)
        self.kernel_size = window("kernel_size", kernel_size, self.DIMENSIONS)
        self.strides = window("strides", strides, self.DIMENSIONS)
        self.dilation_rate = window("dilation_rate", dilation_rate, self.DIMENSIONS)
        self.padding = padding_mode(padding, causal=self.DIMENSIONS == 1)
        self.data_format = data_format
        self.activation = activation_function(activation)
        self.use_bias = use_bias
        self._kernel = {
            "initializer": kernel_initializer,
            "regularizer": kernel_regularizer,
            "constraint": kernel_constraint,
        }
        self._bias = {
            "initializer": bias_initializer,
            "regularizer": bias_regularizer,
            "constraint": bias_constraint,
        }

    def build(self, input_shape: Any) -> None:
        """Makes ``kernel [..., channels, filters]`` and ``bias [filters]``."""
        channels = known_dimension(input_shape, channel_axis(self.data_format), self.name)
        self.build_kernel(channels)
        self.bias = self.add_weight("bias", [self.filters], **self._bias) if self.use_bias else None

    def build_kernel(self, channels: int) -> None:
        """Makes the kernel for an input of so many channels."""
        shape = [*self.kernel_size, channels, self.filters]
        self.kernel = self.add_weight("kernel", shape, **self._kernel)

    def call(self, inputs: Any) -> Any:
        """From ``[batch, ..., channels]`` to ``[batch, ..., filters]``."""
        outputs = self.convolve(inputs)
        if self.bias is not None:
            outputs = self._with_bias(outputs)
        return outputs if self.activation is None else self.activation(outputs)

    def convolve(self, inputs: Any) -> Any:
        """The convolution itself."""
        return tf.nn.convolution(
            inputs,
            self.kernel,
            strides=self.strides,
            padding=self.padding,
            data_format=tensor_format(self.data_format, self.DIMENSIONS),
            dilations=self.dilation_rate,
        )

    def _with_bias(self, outputs: Any) -> Any:
        if self.data_format == "channels_last":
            return tf.nn.bias_add(outputs, self.bias)
        return outputs + tf.reshape(self.bias, [1, -1, *[1] * self.DIMENSIONS])


class Conv1D(Convolution):
    """Convolution over ``[batch, steps, channels]``; ``causal`` is a padding too."""

    DIMENSIONS = 1

    def convolve(self, inputs: Any) -> Any:
        """The convolution itself; a causal one sees no later steps."""
        if self.padding != "CAUSAL":
            return super().convolve(inputs)
        before = [(self.kernel_size[0] - 1) * self.dilation_rate[0], 0]
        steps_last = self.data_format == "channels_first"
        padded = tf.pad(inputs, [[0, 0], *([[0, 0], before] if steps_last else [before, [0, 0]])])
        return tf.nn.convolution(
            padded,
            self.kernel,
            strides=self.strides,
            padding="VALID",
            data_format=tensor_format(self.data_format, 1),
            dilations=self.dilation_rate,
        )


class Conv2D(Convolution):
    """Convolution over ``[batch, height, width, channels]``."""

    DIMENSIONS = 2


class Conv3D(Convolution):
    """Convolution over ``[batch, depth, height, width, channels]``."""

    DIMENSIONS = 3


def conv1d(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = 1,
    activation: Any = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = ZEROS,
    kernel_regularizer: Function | None = None,
    bias_regularizer: Function | None = None,
    activity_regularizer: Function | None = None,
    kernel_constraint: Function | None = None,
    bias_constraint: Function | None = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Any:
    """Convolution over ``[batch, steps, channels]``; arguments as of :class:`Convolution`."""
    layer = Conv1D(
        filters,
        kernel_size,
        strides,
        padding,
        data_format,
        dilation_rate,
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


def conv2d(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = (1, 1),
    activation: Any = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = ZEROS,
    kernel_regularizer: Function | None = None,
    bias_regularizer: Function | None = None,
    activity_regularizer: Function | None = None,
    kernel_constraint: Function | None = None,
    bias_constraint: Function | None = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Any:
    """Convolution over ``[batch, height, width, channels]``; arguments as of :class:`Convolution`.

    Example:
        >>> with tf.Graph().as_default():
        ...     conv2d(tf.zeros([1, 5, 5, 3]), filters=8, kernel_size=3).shape.as_list()
        [1, 3, 3, 8]
    """
    layer = Conv2D(
        filters,
        kernel_size,
        strides,
        padding,
        data_format,
        dilation_rate,
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


def conv3d(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = (1, 1, 1),
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = (1, 1, 1),
    activation: Any = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = ZEROS,
    kernel_regularizer: Function | None = None,
    bias_regularizer: Function | None = None,
    activity_regularizer: Function | None = None,
    kernel_constraint: Function | None = None,
    bias_constraint: Function | None = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Any:
    """Convolution over ``[batch, depth, height, width, channels]``; see :class:`Convolution`."""
    layer = Conv3D(
        filters,
        kernel_size,
        strides,
        padding,
        data_format,
        dilation_rate,
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
