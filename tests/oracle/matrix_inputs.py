"""Batches for the models of the matrix, as arrays, and placeholders to feed them to."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1

BATCH = 6
CITIES = ["oslo", "rome", "lima", "bonn", "cork"]
COLORS = ["red", "green", "blue"]
TAGS = ["a", "b", "c", "d", "e"]
CLASSES = ["no", "yes"]
Batch = tuple[dict[str, Any], Any]


def batch(case: Any, seed: int, size: int = BATCH) -> Batch:
    """Features and labels of one batch; sparse ones as TensorFlow takes them."""
    draw = np.random.RandomState(seed)
    features = _dense(draw, size) | _listed(draw, size)
    labels = _labels(draw, size)
    labels["several_ids"] = _sparse(draw, size, draw.randint(0, 3, size * 3).astype(np.int64), 1)
    labels["several_names"] = _sparse(draw, size, draw.choice(COLORS, size * 3), 1)
    return features, _chosen(case, labels)


def _dense(draw: Any, size: int) -> dict[str, Any]:
    weights = draw.uniform(0.2, 2, size).astype(np.float32)
    weights[size // 2] = 0.0
    words = draw.choice([*CITIES, ""], [size, 2])
    words[:, 0] = draw.choice(CITIES, size)
    hours = draw.randint(-1, 5, [size, 2])
    hours[:, 1] = draw.randint(0, 5, size)
    return {
        "x": draw.uniform(-1, 2, [size, 1]).astype(np.float32),
        "flat": draw.normal(size=[size]).astype(np.float32),
        "vec": draw.normal(size=[size, 3]).astype(np.float32),
        "mat": draw.normal(size=[size, 2, 2]).astype(np.float32),
        "whole": draw.randint(-2, 3, [size, 1]).astype(np.int64),
        "hour": draw.randint(0, 5, [size, 1]).astype(np.int64),
        "minute": draw.randint(0, 5, [size, 1]).astype(np.int64),
        "big": draw.randint(-1, 8, [size, 1]).astype(np.int64),
        "hours": hours.astype(np.int64),
        "city": draw.choice(CITIES, [size, 1]),
        "color": draw.choice([*COLORS, "mauve"], [size, 1]),
        "words": words,
        "weight": weights[:, None],
        "weight_flat": weights,
    }


def _listed(draw: Any, size: int) -> dict[str, Any]:
    """Features of none to three values an example."""
    state = draw.get_state()

    def listed(values: Any) -> Any:
        draw.set_state(state)  # so that weights are of the same shape as their ids
        return _sparse(draw, size, values, 0)

    other = np.random.RandomState(draw.randint(1 << 30))
    tags = listed(other.choice(TAGS, size * 3))
    cities = listed(other.choice(CITIES, size * 3))
    return {
        "tags": tags,
        "tag_weights": listed(other.uniform(0.1, 2, size * 3).astype(np.float32)),
        "codes": listed(other.randint(0, 7, size * 3).astype(np.int64)),
        "code_weights": listed(other.uniform(0.1, 2, size * 3).astype(np.float32)),
        "cities": cities,
    }


def _sparse(draw: Any, size: int, values: Any, least: int) -> Any:
    lengths = draw.randint(least, 4, size)
    rows = [[row, place] for row, length in enumerate(lengths) for place in range(length)]
    indices = np.array(rows, np.int64).reshape(-1, 2)
    return v1.SparseTensorValue(indices, values[: len(rows)], np.array([size, 3], np.int64))


def _labels(draw: Any, size: int) -> dict[str, Any]:
    return {
        "binary": draw.randint(0, 2, [size, 1]).astype(np.int64),
        "name": draw.choice(CLASSES, [size, 1]),
        "class": draw.randint(0, 3, [size, 1]).astype(np.int64),
        "class_name": draw.choice(COLORS, [size, 1]),
        "number": draw.normal(size=[size, 1]).astype(np.float32),
        "numbers": draw.normal(size=[size, 2]).astype(np.float32),
        "count": draw.poisson(2.0, [size, 1]).astype(np.float32),
        "share": draw.uniform(0, 1, [size, 1]).astype(np.float32),
        "several": draw.randint(0, 2, [size, 3]).astype(np.int64),
    }


LABEL_OF = {
    "classifier": "binary",
    "classifier_names": "name",
    "classifier_3": "class",
    "classifier_3_names": "class_name",
    "regressor": "number",
    "regressor_2": "numbers",
    "binary_head": "binary",
    "binary_head_names": "name",
    "classes_head": "class",
    "classes_head_names": "class_name",
    "labels_head": "several",
    "labels_head_ids": "several_ids",
    "labels_head_names": "several_names",
    "regression_head": "number",
    "regression_head_2": "numbers",
    "regression_head_link": "count",
    "poisson_head": "count",
    "poisson_head_short": "count",
    "logistic_head": "share",
    "multi_head": ("binary", "numbers", "several"),
    "multi_head_weights": ("class", "number"),
}


def _chosen(case: Any, labels: dict[str, Any]) -> Any:
    name = LABEL_OF[case["head"]]
    if isinstance(name, tuple):
        return {part: labels[part] for part in name}
    return labels[name][:, 0] if case["label"] == "flat" else labels[name]


def placeholders(values: Any) -> Any:
    """Placeholders like these values, but for any size of batch."""
    if isinstance(values, dict):
        return {name: placeholders(value) for name, value in values.items()}
    if isinstance(values, v1.SparseTensorValue):
        return v1.sparse_placeholder(_dtype(values.values), [None, None])
    return v1.placeholder(_dtype(values), [None, *values.shape[1:]])


def feeding(places: Any, values: Any) -> dict[Any, Any]:
    """What a session is to be fed to give these values to their placeholders."""
    if not isinstance(values, dict):
        return {places: values}
    fed: dict[Any, Any] = {}
    for name, value in values.items():
        fed |= feeding(places[name], value)
    return fed


def _dtype(values: Any) -> Any:
    return tf.string if values.dtype.kind in "US" else tf.as_dtype(values.dtype)
