"""Batches of rows of numpy arrays, as tensors of the current graph.

A batch costs one call of numpy, whatever its size; the arrays stay where they are and do not
become part of the graph.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.inputs.order import RowOrder
from trainwright.estimator.run_seed import run_seed

v1 = tf.compat.v1

_WITHOUT_END = np.iinfo(np.int64).max
_PREFETCHED = 2


def check_batching(batch_size: int, num_epochs: int | None, shuffle: bool | None) -> None:
    """Whether these are arguments of input functions.

    Raises:
        InvalidArgumentError: shuffle is neither True nor False, there is not at least one example
            to a batch, or the number of epochs is negative.
    """
    if shuffle not in (True, False) or not isinstance(shuffle, bool | np.bool_):
        raise InvalidArgumentError(
            "shuffle must be given, as True (recommended for training) or False. "
            f"Got {shuffle!r} instead."
        )
    if not isinstance(batch_size, int | np.integer) or batch_size < 1:
        raise InvalidArgumentError(
            f"batch_size must be an int in the range [1, inf). Got {batch_size!r} instead."
        )
    if num_epochs is not None and (not isinstance(num_epochs, int | np.integer) or num_epochs < 0):
        raise InvalidArgumentError(
            "num_epochs must be an int in the range [0, inf), or None for no end. "
            f"Got {num_epochs!r} instead."
        )


def batched_rows(
    arrays: Sequence[np.ndarray], batch_size: int, num_epochs: int | None, shuffle: bool
) -> list[tf.Tensor]:
    """The next batch of rows, the same of each array.

    Batches go on from one epoch into the next; the last one may be smaller.

    Args:
        arrays: ``[rows, ...]``, at least one row.
        batch_size: examples to a batch.
        num_epochs: how many times each row is read; None: without end.
        shuffle: whether each epoch has an order of its own, which follows from the graph's seed
            where there is one.

    Returns:
        One tensor ``[batch, ...]`` for each array, of its dtype. Reading beyond the last epoch
        raises ``tf.errors.OutOfRangeError``, as the end of a dataset does.
    """
    rows = len(arrays[0])
    end = _WITHOUT_END if num_epochs is None else rows * num_epochs
    order = RowOrder(rows, _graph_seed() if shuffle else None)

    def batch_from(start: np.ndarray) -> list[np.ndarray]:
        chosen = order.between(int(start), min(int(start) + batch_size, end))
        return [array[chosen] for array in arrays]

    dtypes = [tf.as_dtype(array.dtype) for array in arrays]
    known_size = batch_size if num_epochs is None else None

    def tensors_from(start: tf.Tensor) -> tuple[tf.Tensor, ...]:
        tensors = tf.numpy_function(batch_from, [start], dtypes)
        for tensor, array in zip(tensors, arrays, strict=True):
            tensor.set_shape([known_size, *array.shape[1:]])
        return tuple(tensors)

    starts = tf.data.Dataset.range(0, end, batch_size)
    dataset = starts.map(tensors_from).prefetch(_PREFETCHED)
    return list(v1.data.make_one_shot_iterator(dataset).get_next())


def _graph_seed() -> list[int]:
    """The seed of one op of the current graph; without a seed of the graph, a new one."""
    seeds = [seed for seed in v1.get_seed(None) if seed is not None]
    if not seeds:
        # The order of rows must be the same again when an interrupted training goes on.
        known = run_seed()
        seeds = [known] if known is not None else []
    if not seeds:
        seeds = [int(np.random.SeedSequence().generate_state(1)[0])]
    return [int(seed) & 0xFFFFFFFF for seed in seeds]
