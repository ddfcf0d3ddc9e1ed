"""Checks of arrays before they are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from trainwright.errors import InvalidArgumentError


def as_array(value: Any, what: str) -> np.ndarray:
    """An array that TensorFlow can hold.

    Args:
        value: a numpy array, or what has a shape and a dtype and becomes one.
        what: which array it is, for the message.

    Raises:
        TypeError: no array, or one of things that are no tensors.
    """
    if not hasattr(value, "shape") or not hasattr(value, "dtype") or tf.is_tensor(value):
        raise TypeError(f"{what} must be a numpy array. Got {value!r} instead.")
    array = np.asarray(value)
    if array.ndim == 0:
        raise InvalidArgumentError(
            f"{what} must have a first dimension, of examples. Got a scalar, {array!r}, instead."
        )
    try:
        tf.as_dtype(array.dtype)
    except TypeError as error:
        raise TypeError(
            f"{what} has the dtype {array.dtype}, which is no dtype of tensors. Convert it with "
            "astype."
        ) from error
    if array.dtype == object:
        _check_strings(array, what)
    return array


def _check_strings(array: np.ndarray, what: str) -> None:
    for row, value in enumerate(array.ravel()):
        if not isinstance(value, str | bytes):
            raise TypeError(
                f"{what} has the dtype object, which may hold strings only. Got {value!r} as value "
                f"{row} instead. Convert the array with astype, or replace what is missing."
            )


def check_lengths(arrays: Mapping[str, np.ndarray]) -> None:
    """Whether all arrays have the same number of examples, and some.

    Args:
        arrays: by what they are.

    Raises:
        InvalidArgumentError: they have not.
    """
    shapes = ", ".join(f"{what} {array.shape}" for what, array in arrays.items())
    lengths = {len(array) for array in arrays.values()}
    if len(lengths) > 1:
        raise InvalidArgumentError(
            "All arrays of x and y must have the same length, their number of examples. Got "
            f"the shapes: {shapes}."
        )
    if lengths == {0}:
        raise InvalidArgumentError(f"There are no examples. Got the shapes: {shapes}.")
