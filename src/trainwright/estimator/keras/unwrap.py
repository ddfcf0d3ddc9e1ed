"""The ``tf.Variable`` in a variable of Keras 3."""

from __future__ import annotations

from typing import Any

import tensorflow as tf


def tensorflow_variable(variable: Any) -> Any:
    """The ``tf.Variable`` in a Keras 3 variable; anything else as it is.

    Keras 3 gives its own class of variables, which TensorFlow's optimizers refuse.

    Example:
        >>> import keras
        >>> isinstance(tensorflow_variable(keras.Variable(1.0)), tf.Variable)
        True
    """
    if isinstance(variable, tf.Variable):
        return variable
    # Not value: in a scope of mixed precision that is a tensor.
    inner = getattr(variable, "_value", None)
    return inner if isinstance(inner, tf.Variable) else variable
