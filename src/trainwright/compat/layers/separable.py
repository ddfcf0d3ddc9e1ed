"""Separable convolution: each channel by itself, then all channels at each position."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from trainwright.compat.layers.base import Function
from trainwright.compat.layers.convolution import ZEROS, Convolution
from trainwright.compat.layers.windows import tensor_format


class _Separable(Convolution):
    """A depthwise and a pointwise convolution.

    Args:
        filters: channels of the output.
        kernel_size: as for :class:`~trainwright.compat.layers.convolution.Convolution`, and so
            strides, padding, data_format, dilation_rate, activation, use_bias and the bias's.
        depth_multiplier: outputs of the depthwise part for each channel.
        depthwise_initializer: of ``depthwise_kernel [..., channels, depth_multiplier]``, and so its
            regularizer and constraint.
        pointwise_initializer: of ``pointwise_kernel [..., channels * depth_multiplier, filters]``,
            and so its regularizer and constraint.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str = "channels_last",
        dilation_rate: Any = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = None,
        pointwise_initializer: Any = None,
        bias_initializer: Any = ZEROS,
        depthwise_regularizer: Function | None = None,
        pointwise_regularizer: Function | None = None,
        bias_regularizer: Function | None = None,
        activity_regularizer: Function | None = None,
        depthwise_constraint: Function | None = None,
        pointwise_constraint: Function | None = None,
        bias_constraint: Function | None = None,
        trainable: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(
            filters,
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
            activation,
            use_bias,
            None,
            bias_initializer,
            None,
            bias_regularizer,
            activity_regularizer,
            None,
            bias_constraint,
            trainable,
            name,
            **kwargs,
        )
        self.depth_multiplier = depth_multiplier
        self._depthwise = {
            "initializer": depthwise_initializer,
            "regularizer": depthwise_regularizer,
            "constraint": depthwise_constraint,
        }
        self._pointwise = {
            "initializer": pointwise_initializer,
            "regularizer": pointwise_regularizer,
            "constraint": pointwise_constraint,
        }

    def build_kernel(self, channels: int) -> None:
        """Makes both kernels for an input of so many channels."""
        depthwise = [*self.kernel_size, channels, self.depth_multiplier]
        pointwise = [*[1] * self.DIMENSIONS, channels * self.depth_multiplier, self.filters]
        self.depthwise_kernel = self.add_weight("depthwise_kernel", depthwise, **self._depthwise)
        self.pointwise_kernel = self.add_weight("pointwise_kernel", pointwise, **self._pointwise)


class SeparableConv1D(_Separable):
    """Separable convolution over ``[batch, steps, channels]``."""

    DIMENSIONS = 1

    def convolve(self, inputs: Any) -> Any:
        """In two dimensions, of which the first has one position."""
        axis = 1 if self.data_format == "channels_last" else 2
        outputs = tf.nn.separable_conv2d(
            tf.expand_dims(inputs, axis),
            tf.expand_dims(self.depthwise_kernel, 0),
            tf.expand_dims(self.pointwise_kernel, 0),
            strides=_strides(self.data_format, self.strides * 2),
            padding=self.padding,
            data_format=tensor_format(self.data_format, 2),
            dilations=[1, *self.dilation_rate] if self.dilation_rate[0] > 1 else None,
        )
        return tf.squeeze(outputs, [axis])


class SeparableConv2D(_Separable):
    """Separable convolution over ``[batch, height, width, channels]``."""

    DIMENSIONS = 2

    def convolve(self, inputs: Any) -> Any:
        """The convolution itself."""
        return tf.nn.separable_conv2d(
            inputs,
            self.depthwise_kernel,
            self.pointwise_kernel,
            strides=_strides(self.data_format, self.strides),
            padding=self.padding,
            data_format=tensor_format(self.data_format, 2),
            dilations=list(self.dilation_rate),
        )


def _strides(data_format: str, strides: tuple[int, ...]) -> list[int]:
    return [1, *strides, 1] if data_format == "channels_last" else [1, 1, *strides]


def separable_conv1d(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = 1,
    depth_multiplier: int = 1,
    activation: Any = None,
    use_bias: bool = True,
    depthwise_initializer: Any = None,
    pointwise_initializer: Any = None,
    bias_initializer: Any = ZEROS,
    depthwise_regularizer: Function | None = None,
    pointwise_regularizer: Function | None = None,
    bias_regularizer: Function | None = None,
    activity_regularizer: Function | None = None,
    depthwise_constraint: Function | None = None,
    pointwise_constraint: Function | None = None,
    bias_constraint: Function | None = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Any:
    """Separable convolution over ``[batch, steps, channels]``."""
    layer = SeparableConv1D(
        filters,
        kernel_size,
        strides,
        padding,
        data_format,
        dilation_rate,
        depth_multiplier,
        activation,
        use_bias,
        depthwise_initializer,
        pointwise_initializer,
        bias_initializer,
        depthwise_regularizer,
        pointwise_regularizer,
        bias_regularizer,
        activity_regularizer,
        depthwise_constraint,
        pointwise_constraint,
        bias_constraint,
        trainable,
        name,
        _reuse=reuse,
    )
    return layer(inputs)


def separable_conv2d(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = (1, 1),
    depth_multiplier: int = 1,
    activation: Any = None,
    use_bias: bool = True,
    depthwise_initializer: Any = None,
    pointwise_initializer: Any = None,
    bias_initializer: Any = ZEROS,
    depthwise_regularizer: Function | None = None,
    pointwise_regularizer: Function | None = None,
    bias_regularizer: Function | None = None,
    activity_regularizer: Function | None = None,
    depthwise_constraint: Function | None = None,
    pointwise_constraint: Function | None = None,
    bias_constraint: Function | None = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Any:
    """Separable convolution over ``[batch, height, width, channels]``."""
    layer = SeparableConv2D(
        filters,
        kernel_size,
        strides,
        padding,
        data_format,
        dilation_rate,
        depth_multiplier,
        activation,
        use_bias,
        depthwise_initializer,
        pointwise_initializer,
        bias_initializer,
        depthwise_regularizer,
        pointwise_regularizer,
        bias_regularizer,
        activity_regularizer,
        depthwise_constraint,
        pointwise_constraint,
        bias_constraint,
        trainable,
        name,
        _reuse=reuse,
    )
    return layer(inputs)
