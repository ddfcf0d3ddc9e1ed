"""Heads and what is given to them, to be built with TensorFlow 2.15 or ours.

Written once and used on both sides: by ``generate_heads.py``, which runs ``tf.estimator`` of
TensorFlow 2.15, and by the tests, which run ours in eager code and in graphs.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf


class Case(NamedTuple):
    """A head and two batches for it."""

    head: Any
    logits: tuple[Any, Any]
    labels: tuple[Any, Any]
    features: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    regularization: tuple[float, ...] = ()
    updates: int = 2
    """Of how many batches metrics are. A MultiHead of 2.15 forgets all but the last."""


def two(make: Any) -> Any:
    """The same for two batches, drawn with different seeds."""
    return tuple(make(np.random.RandomState(seed)) for seed in (1, 2))


def logits(*shape: int, scale: float = 2.0) -> Any:
    """Logits of two batches."""
    return two(lambda draw: (draw.normal(size=shape) * scale).astype(np.float32))


def integers(high: int, *shape: int) -> Any:
    """Integer labels of two batches."""
    return two(lambda draw: draw.randint(0, high, shape).astype(np.int64))


def weights(*shape: int) -> Any:
    """Features with a weight in two batches, one of which is zero."""

    def made(draw: Any) -> dict[str, Any]:
        drawn = draw.uniform(0.1, 3.0, shape).astype(np.float32)
        drawn.flat[0] = 0.0
        return {"w": drawn}

    return two(made)


def names(vocabulary: list[str], *shape: int) -> Any:
    """String labels of two batches."""
    return two(lambda draw: draw.choice(vocabulary, shape))


def lists(values: Any, kind: Any) -> Any:
    """Sparse labels of two batches of six examples, none to three each."""

    def made(draw: Any) -> tuple[Any, Any, Any]:
        rows = [[0, 0], [0, 1], [2, 0], [3, 0], [3, 1], [3, 2], [5, 0]]
        chosen = [values[i % 3] for i in draw.permutation(7)]
        return np.array(rows, np.int64), np.array(chosen, kind), np.array([6, 3], np.int64)

    return two(made)


def absolute_error(labels: Any, logits: Any) -> Any:
    """A custom loss."""
    return tf.abs(tf.cast(labels, tf.float32) - logits)


def weighted_error(labels: Any, logits: Any, features: Any) -> Any:
    """A custom loss that looks at features, and yields one loss per example."""
    errors = tf.square(tf.cast(labels, tf.float32) - logits)
    return tf.reduce_mean(errors, -1, keepdims=True) * features["w"]


def cross_entropy(labels: Any, logits: Any) -> Any:
    """A custom loss of several classes."""
    chosen = tf.gather(tf.nn.log_softmax(logits), labels, axis=-1, batch_dims=1)
    return -2.0 * chosen


def binary_cases(api: Any) -> dict[str, Case]:
    """One logit, two classes."""
    head, yes_no = api.BinaryClassHead, ["no", "yes"]
    return {
        "binary": Case(head(), logits(6, 1), integers(2, 6, 1)),
        "binary_flat_labels": Case(head(), logits(6, 1), integers(2, 6)),
        "binary_extreme": Case(head(), logits(6, 1, scale=60.0), integers(2, 6, 1)),
        "binary_zero_logits": Case(
            head(thresholds=[0.5]), logits(6, 1, scale=0), integers(2, 6, 1)
        ),
        "binary_full": Case(
            head("w", thresholds=[0.25, 0.5], label_vocabulary=yes_no, name="ctr"),
            logits(6, 1),
            names(yes_no, 6, 1),
            weights(6, 1),
            (1.5, 0.25),
        ),
        "binary_sum": Case(
            head("w", loss_reduction="sum"), logits(6, 1), integers(2, 6, 1), weights(6)
        ),
        "binary_rank_3": Case(head("w"), logits(2, 3, 1), integers(2, 2, 3, 1), weights(2, 3)),
        "binary_one_class": Case(head(), logits(6, 1), integers(1, 6, 1)),
        "binary_loss_fn": Case(head(loss_fn=absolute_error), logits(6, 1), integers(2, 6, 1)),
        "binary_loss_fn_features": Case(
            head("w", loss_fn=weighted_error), logits(6, 1), integers(2, 6, 1), weights(6, 1)
        ),
        "binary_weight_column": Case(
            head(tf.feature_column.numeric_column("w", normalizer_fn=lambda w: w + 1.0)),
            logits(6, 1),
            integers(2, 6, 1),
            weights(6, 1),
        ),
    }


def several_class_cases(api: Any) -> dict[str, Case]:
    """More than two classes, exclusive or not."""
    one, many, abc = api.MultiClassHead, api.MultiLabelHead, ["a", "b", "c"]
    return {
        "classes": Case(one(3), logits(6, 3), integers(3, 6, 1)),
        "classes_full": Case(
            one(3, "w", label_vocabulary=abc, name="kind"),
            logits(6, 3),
            names(abc, 6, 1),
            weights(6, 1),
            (0.5,),
        ),
        "classes_rank_3": Case(one(3), logits(2, 3, 3), integers(3, 2, 3, 1)),
        "classes_loss_fn": Case(one(3, loss_fn=cross_entropy), logits(6, 3), integers(3, 6, 1)),
        "several": Case(many(3), logits(6, 3), integers(2, 6, 3)),
        "several_full": Case(
            many(
                3,
                "w",
                thresholds=[0.3],
                label_vocabulary=abc,
                classes_for_class_based_metrics=["a", "c"],
                name="tags",
            ),
            logits(6, 3),
            lists(abc, "S1"),
            weights(6, 1),
            (0.5,),
        ),
        "several_ids": Case(
            many(3, classes_for_class_based_metrics=[1], loss_reduction="sum"),
            logits(6, 3),
            lists([0, 1, 2], np.int64),
        ),
        "several_named_by_id": Case(
            many(3, label_vocabulary=abc, classes_for_class_based_metrics=[1]),
            logits(6, 3),
            integers(2, 6, 3),
        ),
        "several_loss_fn": Case(
            many(3, loss_fn=weighted_error), logits(6, 3), integers(2, 6, 3), weights(6, 1)
        ),
    }


def regression_cases(api: Any) -> dict[str, Case]:
    """Numbers."""
    head, shares = api.RegressionHead, two(lambda draw: draw.uniform(size=[6, 1]))
    return {
        "regression": Case(head(), logits(6, 1), integers(9, 6, 1)),
        "regression_2": Case(
            head(2, "w", name="pair"), logits(6, 2), logits(6, 2, scale=3.0), weights(6, 1), (2.0,)
        ),
        "regression_weight_each": Case(head(2, "w"), logits(6, 2), logits(6, 2), weights(6, 2)),
        "regression_link": Case(
            head(inverse_link_fn=tf.exp, loss_fn=absolute_error, loss_reduction="sum"),
            logits(6, 1),
            logits(6, 1, scale=3.0),
        ),
        "poisson": Case(api.PoissonRegressionHead(), logits(6, 1), integers(9, 6, 1)),
        "poisson_short": Case(
            api.PoissonRegressionHead(2, "w", compute_full_loss=False),
            logits(6, 2),
            integers(9, 6, 2),
            weights(6, 1),
        ),
        "logistic": Case(api.LogisticRegressionHead("w"), logits(6, 1), shares, weights(6, 1)),
    }


def multi_cases(api: Any) -> dict[str, Case]:
    """Several heads."""
    heads = [
        api.BinaryClassHead(name="click", thresholds=[0.4]),
        api.RegressionHead(2, "w", name="pair"),
    ]
    labels = tuple(
        {"click": click, "pair": pair}
        for click, pair in zip(integers(2, 6, 1), logits(6, 2), strict=True)
    )
    split = tuple({"click": both[:, :1], "pair": both[:, 1:]} for both in logits(6, 3))
    return {
        "multi": Case(api.MultiHead(heads), logits(6, 3), labels, weights(6, 1), updates=1),
        "multi_weighted": Case(
            api.MultiHead(heads, [0.5, 2.0]), logits(6, 3), labels, weights(6, 1), (1.0,), 1
        ),
        "multi_split": Case(api.MultiHead(heads), split, labels, weights(6, 1), updates=1),
    }


def all_cases(api: Any) -> dict[str, Case]:
    """All cases by name."""
    single = binary_cases(api) | several_class_cases(api) | regression_cases(api)
    return single | multi_cases(api)


def tensors(value: Any) -> Any:
    """Arrays as tensors, triples as sparse ones."""
    if isinstance(value, dict):
        return {name: tensors(item) for name, item in value.items()}
    if isinstance(value, tuple):
        return tf.SparseTensor(*value)
    return tf.constant(value)


def flat(name: Any) -> str:
    """The name of a prediction as a string, also of a MultiHead."""
    return "|".join(name) if isinstance(name, tuple) else name


def outputs(case: Case) -> dict[str, Any]:
    """The loss of both batches, metrics, predictions of the first, as tensors.

    In a graph the updates of metrics are left to ``metric.updates``.
    """
    regularization = [tf.constant(value) for value in case.regularization] or None
    made: dict[str, Any] = {}
    metrics = case.head.metrics(regularization_losses=regularization)
    for index in (0, 1):
        features = tensors(case.features[index])
        labels = tensors(case.labels[index])
        scores = tensors(case.logits[index])
        made[f"loss/{index}"] = case.head.loss(
            labels, scores, features=features, regularization_losses=regularization
        )
        if index < case.updates:
            case.head.update_metrics(
                metrics, features, scores, labels, regularization_losses=regularization
            )
        if index == 0:
            predicted = case.head.predictions(scores)
            made |= {f"predictions/{flat(name)}": value for name, value in predicted.items()}
    made["metrics"] = metrics
    return made
