"""Numbers held by tensors and variables of eager execution, read from within a graph."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any


def eager_number(value: Any) -> float:
    """The number in an eager scalar tensor or variable, also while a graph is being built.

    Example:
        >>> import tensorflow as tf
        >>> rate = tf.Variable(0.5)
        >>> with tf.Graph().as_default():
        ...     eager_number(rate)
        0.5
    """
    # Variables refuse to be read eagerly while a graph is the default. That default belongs to
    # the thread; there is no public way to leave it other than to read in another one.
    with ThreadPoolExecutor(max_workers=1) as reader:
        return reader.submit(lambda: float(value.numpy())).result()
