"""Transposed convolution, from few positions to many."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from trainwright.compat.layers.base import Function
from trainwright.compat.layers.convolution import ZEROS, Convolution
from trainwright.compat.layers.windows import tensor_format


class _Transposed(Convolution):
    """A convolution the other way round: what its gradient does.

    Args are those of :class:`~trainwright.compat.layers.convolution.Convolution` without
    dilation_rate.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str = "channels_last",
        *args: Any,
        **kwargs: Any,
    ):
        super().__init__(filters, kernel_size, strides, padding, data_format, 1, *args, **kwargs)

    def build_kernel(self, channels: int) -> None:
        """Makes ``kernel [..., filters, channels]``."""
        shape = [*self.kernel_size, self.filters, channels]
        self.kernel = self.add_weight("kernel", shape, **self._kernel)

    def convolve(self, inputs: Any) -> Any:
        """The transposed convolution itself."""
        return tf.nn.conv_transpose(
            inputs,
            self.kernel,
            output_shape=self._output_shape(inputs),
            strides=self.strides,
            padding=self.padding,
            data_format=tensor_format(self.data_format, self.DIMENSIONS),
        )

    def _output_shape(self, inputs: Any) -> list[Any]:
        known, dynamic = inputs.shape.as_list(), tf.shape(inputs)
        sizes = [dynamic[axis] if size is None else size for axis, size in enumerate(known)]
        last = self.data_format == "channels_last"
        space = sizes[1:-1] if last else sizes[2:]
        space = [
            length * stride + (max(kernel - stride, 0) if self.padding == "VALID" else 0)
            for length, stride, kernel in zip(space, self.strides, self.kernel_size, strict=True)
        ]
        return [sizes[0], *space, self.filters] if last else [sizes[0], self.filters, *space]


class Conv2DTranspose(_Transposed):
    """Transposed convolution over ``[batch, height, width, channels]``."""

    DIMENSIONS = 2


class Conv3DTranspose(_Transposed):
    """Transposed convolution over ``[batch, depth, height, width, channels]``."""

    DIMENSIONS = 3


def conv2d_transpose(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str = "channels_last",
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
    """Transposed convolution over ``[batch, height, width, channels]``."""
    layer = Conv2DTranspose(
        filters,
        kernel_size,
        strides,
        padding,
        data_format,
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


def conv3d_transpose(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = (1, 1, 1),
    padding: str = "valid",
    data_format: str = "channels_last",
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
    """Transposed convolution over ``[batch, depth, height, width, channels]``."""
    layer = Conv3DTranspose(
        filters,
        kernel_size,
        strides,
        padding,
        data_format,
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
