"""The heads and estimators of the matrix."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import tensorflow as tf
from matrix_columns import number_column, unlike, wrapped
from matrix_design import CLASSIFIERS, REGRESSORS, Case, has_deep, has_wide
from matrix_inputs import CLASSES, COLORS
from matrix_optimizers import keras_optimizer, older_optimizer

HIDDEN = {"none": [], "one": [4], "two": [4, 3]}
ACTIVATIONS = {"relu": tf.nn.relu, "tanh": tf.nn.tanh, "name": "elu", "none": None}
FAMILIES = {
    "dnn": "DNN",
    "linear": "Linear",
    "baseline": "Baseline",
    "combined": "DNNLinearCombined",
    "wide_only": "DNNLinearCombined",
    "deep_only": "DNNLinearCombined",
}


def plain_loss(labels: Any, logits: Any) -> Any:
    """A loss for each example."""
    errors = tf.abs(tf.cast(labels, tf.float32) - tf.nn.tanh(logits))
    return tf.reduce_mean(errors, -1, keepdims=True)


def loss_of_features(labels: Any, logits: Any, features: Any) -> Any:
    """A loss for each example that looks at a feature."""
    errors = tf.square(tf.cast(labels, tf.float32) - logits)
    return tf.reduce_mean(errors, -1, keepdims=True) * (1.0 + features["x"] ** 2)


def weight_of(case: Case) -> Any:
    """The argument ``weight_column``."""
    if case["weight"] == "column":
        return tf.feature_column.numeric_column("weight", normalizer_fn=lambda w: 2.0 * w)
    return {"no": None, "key": "weight", "flat": "weight_flat"}[case["weight"]]


def head_of(api: Any, case: Case) -> Any:
    """The head of an ``...Estimator``."""
    weight, name = weight_of(case), case["head"]
    reduction = {"default": {}}.get(case["reduction"], {"loss_reduction": case["reduction"]})
    loss_fn = {"no": None, "plain": plain_loss, "of_features": loss_of_features}[case["loss_fn"]]
    options = {"weight_column": weight, **reduction}
    thresholds = [0.3, 0.7] if case["thresholds"] == "yes" else None
    heads: dict[str, Callable[[], Any]] = {
        "binary_head": lambda: api.BinaryClassHead(
            thresholds=thresholds, loss_fn=loss_fn, **options
        ),
        "binary_head_names": lambda: api.BinaryClassHead(
            label_vocabulary=CLASSES, thresholds=thresholds, name="ctr", **options
        ),
        "classes_head": lambda: api.MultiClassHead(3, loss_fn=loss_fn, **options),
        "classes_head_names": lambda: api.MultiClassHead(
            3, label_vocabulary=COLORS, name="kind", **options
        ),
        "labels_head": lambda: api.MultiLabelHead(
            3, thresholds=thresholds, loss_fn=loss_fn, **options
        ),
        "labels_head_ids": lambda: api.MultiLabelHead(
            3, thresholds=thresholds, classes_for_class_based_metrics=[0, 2], **options
        ),
        "labels_head_names": lambda: api.MultiLabelHead(
            3,
            label_vocabulary=COLORS,
            classes_for_class_based_metrics=["green", "red"],
            name="colors",
            **options,
        ),
        "regression_head": lambda: api.RegressionHead(loss_fn=loss_fn, **options),
        "regression_head_2": lambda: api.RegressionHead(2, name="pair", **options),
        "regression_head_link": lambda: api.RegressionHead(inverse_link_fn=tf.exp, **options),
        "poisson_head": lambda: api.PoissonRegressionHead(**options),
        "poisson_head_short": lambda: api.PoissonRegressionHead(
            compute_full_loss=False, name="count", **options
        ),
        "logistic_head": lambda: api.LogisticRegressionHead(**options),
        "multi_head": lambda: api.MultiHead(
            [
                api.BinaryClassHead(weight, thresholds=[0.4], name="binary"),
                api.RegressionHead(2, weight, name="numbers"),
                api.MultiLabelHead(3, weight, name="several"),
            ]
        ),
        "multi_head_weights": lambda: api.MultiHead(
            [api.MultiClassHead(3, name="class"), api.RegressionHead(name="number")], [0.5, 2.0]
        ),
    }
    return heads[name]()


def objective_of(api: Any, case: Case) -> tuple[str, dict[str, Any]]:
    """The end of the estimator's name, and the arguments that say what it predicts."""
    head, reduction = case["head"], case["reduction"]
    options: dict[str, Any] = {}
    if head not in CLASSIFIERS + REGRESSORS:
        return "Estimator", {"head": head_of(api, case)}
    options["weight_column"] = weight_of(case)
    if reduction != "default":
        older = case["api"] == "v1"
        options["loss_reduction"] = (
            getattr(tf.compat.v1.losses.Reduction, reduction) if older else reduction
        )
    if head == "regressor_2":
        options["label_dimension"] = 2
    if "3" in head:
        options["n_classes"] = 3
    if head.endswith("names"):
        options["label_vocabulary"] = COLORS if "3" in head else CLASSES
    return ("Classifier" if head in CLASSIFIERS else "Regressor"), options


def columns_of(case: Case, folder: Path, deep: bool) -> list[Any]:
    """The feature columns of the deep or the linear half."""
    columns = [number_column(case["number"])]
    for kind, wrapper in case["columns"]:
        both = case["model"] == "combined" and not deep
        columns += wrapped(kind, "plain" if both else wrapper, folder)
    return unlike(columns)


def make(api: Any, case: Case, folder: Path, flavours: Any, **options: Any) -> Any:
    """The estimator of a case.

    Args:
        api: ``tf.estimator``, or what has the same names.
        case: of the design.
        folder: where vocabularies and checkpoints for columns are.
        flavours: as for ``keras_optimizer``.
        **options: such as ``model_dir`` and ``config``.
    """
    kind, objective = objective_of(api, case)
    optimizers = [
        keras_optimizer(given, flavours) if case["api"] == "v2" else older_optimizer(given)
        for given in case["optimizers"]
    ]
    model = case["model"]
    arguments = {**objective, **_layers(case, folder)}
    if model in ("dnn", "linear", "baseline"):
        arguments["optimizer"] = optimizers[0]
    else:
        halves = [half for half, there in _halves(case) if there]
        arguments |= {f"{h}_optimizer": o for h, o in zip(halves, optimizers)}
    return getattr(api, FAMILIES[model] + kind)(**arguments, **options)


def _halves(case: Case) -> list[tuple[str, bool]]:
    return [("dnn", has_deep(case)), ("linear", has_wide(case))]


def _layers(case: Case, folder: Path) -> dict[str, Any]:
    alone = case["model"] in ("dnn", "linear")
    given: dict[str, Any] = {}
    if has_deep(case):
        prefix = "" if alone else "dnn_"
        given[f"{prefix}hidden_units"] = HIDDEN[case["hidden"]]
        given[f"{prefix}feature_columns"] = columns_of(case, folder, deep=True)
        given[f"{prefix}activation_fn"] = ACTIVATIONS[case["activation"]]
        given["batch_norm"] = case["batch_norm"] == "yes"
    if has_wide(case):
        prefix = "" if alone else "linear_"
        given[f"{prefix}feature_columns"] = columns_of(case, folder, deep=False)
        given[f"{prefix}sparse_combiner"] = case["combiner"]
    return given
