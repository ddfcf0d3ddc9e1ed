"""Input functions over data in memory, to be made with TensorFlow 2.15 or ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import tensorflow as tf

v1 = tf.compat.v1

X = {"a": np.arange(5, dtype=np.int32), "b": np.arange(10.0).reshape(5, 2)}
Y = np.arange(5) * 10
FRAME = pd.DataFrame(
    {
        "b": np.arange(4.0),
        "a": np.arange(4, dtype=np.int32),
        "word": ["x", "yy", "z", "x"],
        "yes": [True, False, False, True],
    },
    index=np.arange(100, 104),
)
SERIES = pd.Series(np.arange(-4, 0), index=FRAME.index)

BATCHES = {
    "one_epoch": {"batch_size": 2},
    "two_epochs": {"batch_size": 2, "num_epochs": 2},
    "three_epochs": {"batch_size": 3, "num_epochs": 3},
    "no_end": {"batch_size": 2, "num_epochs": None},
    "batch_of_all": {"batch_size": 5, "num_epochs": 2},
    "batch_of_more": {"batch_size": 8, "num_epochs": 2},
    "batch_of_more_no_end": {"batch_size": 8, "num_epochs": None},
    "no_epochs": {"batch_size": 2, "num_epochs": 0},
}


def numpy_cases(inputs: Any) -> dict[str, Callable[[], Any]]:
    """Input functions of arrays."""

    def made(x: Any, y: Any = None, batch_size: int = 4, **options: Any) -> Callable[[], Any]:
        function: Callable[[], Any] = inputs.numpy_input_fn(
            x, y, batch_size, shuffle=False, **options
        )
        return function

    words = {"word": np.array(["a", "bc"]), "object": np.array(["x", b"y"], object)}
    return {
        **{f"numpy_{name}": made(X, Y, **options) for name, options in BATCHES.items()},
        "numpy_no_labels": made(X),
        "numpy_one_array": made(X["b"]),
        "numpy_one_array_and_labels": made(X["a"], Y),
        "numpy_labels_by_name": made(X, {"q": Y, "p": Y[:, None] + 1}),
        "numpy_one_array_and_labels_by_name": made(X["a"], {"q": Y}),
        "numpy_strings": made(words | {"yes": np.array([True, False])}),
        "numpy_series": made({"a": pd.Series([1.0, 2.0, 3.0])}),
    }


def pandas_cases(inputs: Any) -> dict[str, Callable[[], Any]]:
    """Input functions of frames."""

    def made(x: Any, y: Any = None, batch_size: int = 3, **options: Any) -> Callable[[], Any]:
        function: Callable[[], Any] = inputs.pandas_input_fn(
            x, y, batch_size, shuffle=False, **options
        )
        return function

    targets = pd.DataFrame({"p": np.arange(4), "a": np.arange(4.0)}, index=FRAME.index)
    return {
        **{f"pandas_{name}": made(FRAME, SERIES, **options) for name, options in BATCHES.items()},
        "pandas_no_labels": made(FRAME),
        "pandas_labels_by_name": made(FRAME, targets),
        "pandas_target_column": made(FRAME, SERIES, target_column="y"),
        "pandas_numbered_columns": made(pd.DataFrame(np.arange(6).reshape(3, 2))),
    }


def all_cases(inputs: Any) -> dict[str, Callable[[], Any]]:
    """All cases by name."""
    return numpy_cases(inputs) | pandas_cases(inputs)


def outcome(input_fn: Callable[[], Any], most: int = 6) -> dict[str, Any]:
    """Dtypes and static shapes of what an input function gives, and its first batches."""
    with tf.Graph().as_default():
        given = as_json(input_fn())
        batches = []
        with v1.train.MonitoredSession() as session:
            while len(batches) < most and not session.should_stop():
                try:
                    batches.append(session.run(given))
                except tf.errors.OutOfRangeError:
                    batches.append("end")
                    break
        kinds = tf.nest.map_structure(lambda t: [t.dtype.name, t.shape.as_list()], given)
    return {"kinds": kinds, "batches": tf.nest.map_structure(_listed, batches)}


def as_json(value: Any) -> Any:
    """Pairs as lists, names as strings."""
    if isinstance(value, dict):
        return {str(name): as_json(part) for name, part in value.items()}
    return [as_json(part) for part in value] if isinstance(value, tuple) else value


def _listed(value: Any) -> Any:
    if isinstance(value, str):
        return value
    return value.astype(str).tolist() if value.dtype == object else value.tolist()
