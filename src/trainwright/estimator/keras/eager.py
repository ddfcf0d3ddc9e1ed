"""Doing something in eager execution, also while a graph is being built."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import tensorflow as tf

_Result = TypeVar("_Result")


def eagerly(function: Callable[[], _Result]) -> _Result:
    """Calls the function where tensors and variables of eager execution can be read.

    Example:
        >>> import keras
        >>> layer = keras.layers.Dense(1, kernel_initializer="ones")
        >>> layer.build([None, 1])
        >>> with tf.Graph().as_default():
        ...     eagerly(layer.get_weights)[0].tolist()
        [[1.0]]
    """
    if tf.executing_eagerly():
        return function()
    # The default graph belongs to the thread, and there is no public way to leave it.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(function).result()
