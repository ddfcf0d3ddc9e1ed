"""An input function over a pandas DataFrame."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.inputs.batches import batched_rows, check_batching
from trainwright.estimator.inputs.columns import as_array, check_lengths


def pandas_input_fn(
    x: Any,
    y: Any = None,
    batch_size: int = 128,
    num_epochs: int | None = 1,
    shuffle: bool | None = None,
    queue_capacity: int = 1000,
    num_threads: int = 1,
    target_column: str = "target",
) -> Callable[[], Any]:
    """An input_fn that reads a pandas DataFrame in batches.

    Batches go on from one epoch into the next; only the last one may be smaller.

    Args:
        x: the features: a DataFrame with a column for each.
        y: the labels: a Series, or a DataFrame for several by name, with the index of ``x``; None
            for none.
        batch_size: examples to a batch.
        num_epochs: how many times to read the data; None: without end, for training.
        shuffle: whether to read each epoch in an order of its own. It must be given: True for
            training, False for evaluation and prediction.
        queue_capacity: unused, as there is no queue: shuffling is of the whole data.
        num_threads: unused, for the same reason.
        target_column: a name for the labels that no column of ``x`` has.

    Returns:
        A function without arguments, to be called in a graph. It gives features, tensors
        ``[batch]`` by column, or a pair of features and labels.

    Raises:
        ImportError: pandas is not installed.
        InvalidArgumentError: an argument of the right type but not as above, or no examples.
        TypeError: no DataFrame, labels that are neither a Series nor a DataFrame, or columns of
            things that are no tensors, such as categories and dates.

    Example:
        >>> import pandas as pd
        >>> import tensorflow as tf
        >>> data = pd.DataFrame({"age": [20.0, 40.0, 60.0], "late": [0, 1, 1]})
        >>> input_fn = pandas_input_fn(data[["age"]], data["late"], batch_size=2, shuffle=False)
        >>> with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        ...     features, labels = session.run(input_fn())
        >>> features["age"].tolist(), labels.tolist()
        ([20.0, 40.0], [0, 1])
    """
    del queue_capacity, num_threads
    check_batching(batch_size, num_epochs, shuffle)
    _check_frames(_pandas(), x, y, target_column)
    features = _columns(x, "x")
    labels = {} if y is None else _columns(y, "y") if y.ndim == 2 else {None: _column(y, "y")}
    check_lengths(_called(features, "x") | _called(labels, "y"))

    def input_fn() -> Any:
        arrays = [*features.values(), *labels.values()]
        tensors = batched_rows(arrays, batch_size, num_epochs, bool(shuffle))
        made = dict(zip(features, tensors[: len(features)], strict=True))
        if y is None:
            return made
        targets = dict(zip(labels, tensors[len(features) :], strict=True))
        return made, targets if y.ndim == 2 else targets[None]

    return input_fn


def _pandas() -> Any:
    try:
        return import_module("pandas")
    except ImportError as error:
        raise ImportError(
            "pandas_input_fn needs pandas, which is not installed: pip install pandas."
        ) from error


def _check_frames(pandas: Any, x: Any, y: Any, target_column: str) -> None:
    if not isinstance(target_column, str):
        raise TypeError(f"target_column must be a string. Got {target_column!r} instead.")
    if not isinstance(x, pandas.DataFrame):
        raise TypeError(
            f"x must be a pandas DataFrame. Got {type(x).__name__} instead. numpy_input_fn takes "
            "arrays."
        )
    if len(x.columns) == 0 or not x.columns.is_unique:
        raise InvalidArgumentError(
            f"x must have columns, each of its own name. Got {list(x.columns)} instead."
        )
    if y is None:
        return
    if not isinstance(y, pandas.DataFrame | pandas.Series):
        raise TypeError(
            f"y must be a pandas Series or DataFrame, or None. Got {type(y).__name__} instead."
        )
    if not x.index.equals(y.index):
        raise InvalidArgumentError(
            f"x and y must have the same index. Got {x.index!r} and {y.index!r}."
        )
    if target_column in x.columns:
        raise InvalidArgumentError(
            f"target_column must not be the name of a column of x. Got {target_column!r}, and the "
            f"columns {list(x.columns)}."
        )


def _columns(frame: Any, argument: str) -> dict[Any, np.ndarray]:
    return {name: _column(frame[name], f"{argument}[{name!r}]") for name in frame.columns}


def _column(series: Any, what: str) -> np.ndarray:
    """The values of a column; strings as an object array, whatever pandas keeps them in."""
    if isinstance(series.dtype, np.dtype):
        return as_array(series.to_numpy(), what)
    if series.dtype.kind == "O" and series.dtype.name in ("str", "string"):
        return as_array(series.to_numpy(dtype=object), what)
    raise TypeError(
        f"{what} has the dtype {series.dtype}, which is no dtype of tensors. Convert it with "
        "astype, for instance to str, int64 or float32."
    )


def _called(arrays: dict[Any, np.ndarray], argument: str) -> dict[str, np.ndarray]:
    return {
        argument if name is None else f"{argument}[{name!r}]": array
        for name, array in arrays.items()
    }
