"""An input function over numpy arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.inputs.batches import batched_rows, check_batching
from trainwright.estimator.inputs.columns import as_array, check_lengths


def numpy_input_fn(
    x: Any,
    y: Any = None,
    batch_size: int = 128,
    num_epochs: int | None = 1,
    shuffle: bool | None = None,
    queue_capacity: int = 1000,
    num_threads: int = 1,
) -> Callable[[], Any]:
    """An input_fn that reads numpy arrays in batches.

    Batches go on from one epoch into the next; only the last one may be smaller.

    Args:
        x: the features: a dict of arrays ``[examples, ...]``, or one such array.
        y: the labels, likewise; None for none.
        batch_size: examples to a batch.
        num_epochs: how many times to read the data; None: without end, for training.
        shuffle: whether to read each epoch in an order of its own. It must be given: True for
            training, False for evaluation and prediction.
        queue_capacity: unused, as there is no queue: shuffling is of the whole data.
        num_threads: unused, for the same reason.

    Returns:
        A function without arguments, to be called in a graph. It gives features, tensors
        ``[batch, ...]`` by name or one tensor, or a pair of features and labels.

    Raises:
        InvalidArgumentError: at once: shuffle, batch_size or num_epochs that are not as above;
            when the function is called: an empty dict, arrays of different lengths or none, or
            a name that is in both ``x`` and ``y``.
        TypeError: when the function is called: neither dicts nor arrays, or arrays of things that
            are no tensors.

    Example:
        >>> import tensorflow as tf
        >>> x, y = {"age": np.array([20.0, 40.0, 60.0])}, np.array([0, 1, 1])
        >>> input_fn = numpy_input_fn(x, y, batch_size=2, num_epochs=2, shuffle=False)
        >>> with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        ...     features, labels = input_fn()
        ...     for _ in range(3):
        ...         ages, classes = session.run([features["age"], labels])
        ...         print(ages.tolist(), classes.tolist())
        [20.0, 40.0] [0, 1]
        [60.0, 20.0] [1, 0]
        [40.0, 60.0] [1, 1]
    """
    del queue_capacity, num_threads
    check_batching(batch_size, num_epochs, shuffle)

    def input_fn() -> Any:
        features = _named(x, "x")
        labels = {} if y is None else _named(y, "y")
        _check_names(x, y)
        arrays = features | labels
        check_lengths(arrays)
        tensors = batched_rows(list(arrays.values()), batch_size, num_epochs, bool(shuffle))
        split = len(features)
        made = _like(x, tensors[:split])
        return made if y is None else (made, _like(y, tensors[split:]))

    return input_fn


def _named(data: Any, argument: str) -> dict[str, np.ndarray]:
    """The arrays of an argument by how messages call them."""
    if isinstance(data, Mapping):
        if not data:
            raise InvalidArgumentError(
                f"{argument} must not be an empty dict."
                + (" Leave it out where there are no labels." if argument == "y" else "")
            )
        called = {key: f"{argument}[{key!r}]" for key in _keys(data)}
        return {called[key]: as_array(data[key], called[key]) for key in called}
    if not hasattr(data, "shape") or not hasattr(data, "dtype"):
        raise TypeError(
            f"{argument} must be a dict of numpy arrays, or one. Got {type(data).__name__} instead."
        )
    return {argument: as_array(data, argument)}


def _keys(data: Mapping[Any, Any]) -> list[Any]:
    return sorted(data, key=str)


def _like(data: Any, tensors: list[Any]) -> Any:
    """Tensors in the structure of the argument they come from."""
    if isinstance(data, Mapping):
        return dict(zip(_keys(data), tensors, strict=True))
    return tensors[0]


def _check_names(x: Any, y: Any) -> None:
    if isinstance(x, Mapping) and isinstance(y, Mapping):
        both = [repr(key) for key in _keys(x) if key in y]
        if both:
            raise InvalidArgumentError(
                f"A name must not be in both x and y. Got {', '.join(both)} in both."
            )
