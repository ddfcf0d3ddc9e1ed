"""Pooling in one, two and three dimensions."""

from __future__ import annotations

from typing import Any, ClassVar

import tensorflow as tf

from trainwright.compat.layers.base import Layer
from trainwright.compat.layers.windows import padding_mode, tensor_format, window


class _Pooling(Layer):
    """The largest, or the mean, of each window.

    Args:
        pool_size: of the window: an integer, or one for each spatial axis.
        strides: steps between windows.
        padding: ``valid`` or ``same``.
        data_format: ``channels_last`` or ``channels_first``.
        name: the layer's name.
    """

    DIMENSIONS: ClassVar[int]
    POOLING: ClassVar[str]

    def __init__(
        self,
        pool_size: Any,
        strides: Any,
        padding: str = "valid",
        data_format: str = "channels_last",
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        self.pool_size = window("pool_size", pool_size, self.DIMENSIONS)
        self.strides = window("strides", strides, self.DIMENSIONS)
        self.padding = padding_mode(padding)
        self.data_format = data_format

    def call(self, inputs: Any) -> Any:
        """From ``[batch, ..., channels]`` to the same with fewer positions."""
        return tf.nn.pool(
            inputs,
            self.pool_size,
            self.POOLING,
            strides=self.strides,
            padding=self.padding,
            data_format=tensor_format(self.data_format, self.DIMENSIONS),
            name="MaxPool" if self.POOLING == "MAX" else "AvgPool",
        )


class MaxPooling1D(_Pooling):
    """The largest of each window, over ``[batch, steps, channels]``."""

    DIMENSIONS, POOLING = 1, "MAX"


class MaxPooling2D(_Pooling):
    """The largest of each window, over ``[batch, height, width, channels]``."""

    DIMENSIONS, POOLING = 2, "MAX"


class MaxPooling3D(_Pooling):
    """The largest of each window, over ``[batch, depth, height, width, channels]``."""

    DIMENSIONS, POOLING = 3, "MAX"


class AveragePooling1D(_Pooling):
    """The mean of each window, over ``[batch, steps, channels]``."""

    DIMENSIONS, POOLING = 1, "AVG"


class AveragePooling2D(_Pooling):
    """The mean of each window, over ``[batch, height, width, channels]``."""

    DIMENSIONS, POOLING = 2, "AVG"


class AveragePooling3D(_Pooling):
    """The mean of each window, over ``[batch, depth, height, width, channels]``."""

    DIMENSIONS, POOLING = 3, "AVG"


def max_pooling1d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Any:
    """The largest of each window, as :class:`MaxPooling1D`."""
    return MaxPooling1D(pool_size, strides, padding, data_format, name)(inputs)


def max_pooling2d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Any:
    """The largest of each window, as :class:`MaxPooling2D`.

    Example:
        >>> max_pooling2d(tf.zeros([1, 4, 4, 3]), 2, 2).shape.as_list()
        [1, 2, 2, 3]
    """
    return MaxPooling2D(pool_size, strides, padding, data_format, name)(inputs)


def max_pooling3d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Any:
    """The largest of each window, as :class:`MaxPooling3D`."""
    return MaxPooling3D(pool_size, strides, padding, data_format, name)(inputs)


def average_pooling1d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Any:
    """The mean of each window, as :class:`AveragePooling1D`."""
    return AveragePooling1D(pool_size, strides, padding, data_format, name)(inputs)


def average_pooling2d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Any:
    """The mean of each window, as :class:`AveragePooling2D`."""
    return AveragePooling2D(pool_size, strides, padding, data_format, name)(inputs)


def average_pooling3d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Any:
    """The mean of each window, as :class:`AveragePooling3D`."""
    return AveragePooling3D(pool_size, strides, padding, data_format, name)(inputs)
