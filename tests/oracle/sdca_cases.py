"""Linear models with LinearSDCA and their inputs, to be built with TensorFlow 2.15 or ours.

Batches hold one example: of several, the op picks one after the other at random.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from comparison import Arrays, Case

fc = tf.feature_column

COUNT = 10
STEPS = 24
TAGS = ["p", "q", "r"]


def examples() -> tuple[dict[str, Any], dict[str, Any]]:
    """Features and labels of all examples, by name."""
    draw = np.random.RandomState(4)
    lengths = draw.randint(0, 4, COUNT)
    indices = np.argwhere(np.arange(3)[None, :] < lengths[:, None])
    n = len(indices)
    features = {
        "id": np.array([f"example {number}" for number in range(COUNT)]),
        "x": draw.normal(size=[COUNT, 1]).astype(np.float32),
        "v": draw.normal(size=[COUNT, 2]).astype(np.float32),
        "flat": draw.normal(size=[COUNT]).astype(np.float32),
        "kind": draw.choice(["a", "b", "c", "other"], [COUNT, 1]),
        "tags": tf.SparseTensor(indices, draw.choice([*TAGS, "p"], n), [COUNT, 3]),
        "strength": tf.SparseTensor(
            indices, draw.uniform(0.1, 2, n).astype(np.float32), [COUNT, 3]
        ),
        "weight": draw.uniform(0.5, 2, [COUNT, 1]).astype(np.float32),
    }
    labels = {
        "binary": draw.randint(0, 2, [COUNT, 1]).astype(np.int64),
        "number": draw.normal(size=[COUNT, 1]).astype(np.float32),
        "count": draw.poisson(2, [COUNT, 1]).astype(np.float32),
    }
    return features, labels


def input_fn(label: str, batch: int, forever: bool) -> Callable[[], Any]:
    """Batches with the label of that name."""

    def made() -> Any:
        features, labels = examples()
        dataset = tf.data.Dataset.from_tensor_slices((features, labels[label])).batch(batch)
        return dataset.repeat() if forever else dataset

    return made


def all_columns() -> list[Any]:
    """Columns of every kind that LinearSDCA takes."""
    kind = fc.categorical_column_with_vocabulary_list("kind", ["a", "b", "c"])
    tags = fc.categorical_column_with_vocabulary_list("tags", TAGS)
    x = fc.numeric_column("x")
    return [
        x,
        fc.numeric_column("v", shape=(2,)),
        fc.numeric_column("flat"),
        kind,
        tags,
        fc.weighted_categorical_column(tags, "strength"),
        fc.bucketized_column(x, [-0.5, 0.5]),
        fc.crossed_column(["kind", "tags"], 7),
        fc.embedding_column(kind, 2, initializer=tf.constant_initializer(0.3)),
    ]


def all_cases(api: Any, older: Any) -> dict[str, Case]:
    """All cases by name.

    Args:
        api: has the names of ``tf.estimator``.
        older: has the names of ``tf.compat.v1.estimator``.
    """
    sdca = api.experimental.LinearSDCA

    def case(label: str, make: Any, *args: Any, **options: Any) -> Case:
        return Case(
            lambda **given: make(*args, **options, **given),
            input_fn(label, 1, True),
            input_fn(label, 4, False),
            input_fn(label, 4, False),
            STEPS,
        )

    few = all_columns()[:5]
    return {
        "classifier": case("binary", api.LinearClassifier, all_columns(), optimizer=sdca("id")),
        "classifier_l1": case(
            "binary",
            api.LinearClassifier,
            few,
            weight_column="weight",
            optimizer=sdca(
                "id",
                symmetric_l1_regularization=0.3,
                symmetric_l2_regularization=2.0,
                adaptive=True,
            ),
        ),
        "regressor": case(
            "number",
            api.LinearRegressor,
            all_columns(),
            loss_reduction="sum",
            optimizer=sdca("id", num_loss_partitions=2, num_table_shards=3),
        ),
        "estimator": case(
            "binary",
            api.LinearEstimator,
            api.BinaryClassHead(weight_column="weight"),
            few,
            optimizer=sdca("id"),
        ),
        "poisson": case(
            "count", api.LinearEstimator, api.PoissonRegressionHead(), few, optimizer=sdca("id")
        ),
        "logistic": case(
            "binary", api.LinearEstimator, api.LogisticRegressionHead(), few, optimizer=sdca("id")
        ),
        "v1_classifier": case(
            "binary",
            older.LinearClassifier,
            all_columns(),
            weight_column="weight",
            optimizer=sdca("id"),
        ),
        "v1_regressor": case(
            "number",
            older.LinearRegressor,
            few,
            optimizer=sdca("id", symmetric_l1_regularization=0.2),
        ),
    }


def compact(arrays: Arrays) -> Arrays:
    """The arrays with tables of examples reduced to the examples in them, ordered by id."""
    made = {}
    for name, value in arrays.items():
        if not name.endswith(("-keys", "-values")):
            made[name] = value
            continue
        table = name.rpartition("-")[0]
        keys = arrays[f"{table}-keys"]
        filled = np.flatnonzero(keys.any(1))
        made[name] = value[filled[np.argsort(keys[filled, 0])]]
    return made
