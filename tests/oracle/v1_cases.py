"""compat.v1 estimators, to be built with TensorFlow 2.15 or ours.

Used by ``generate_v1.py``, which runs ``tf.compat.v1.estimator`` of TensorFlow 2.15, and by tests.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import tensorflow as tf
from canned_cases import COLORS, EVAL_BATCHES, TRAIN_BATCHES, Columns, input_fn
from comparison import Case

v1 = tf.compat.v1
fc = tf.feature_column
Reduction = v1.losses.Reduction


def case(make: Callable[..., Any], label: str) -> Case:
    """A model of the features of ``canned_cases``, with the label of this name."""
    batches = input_fn(label, TRAIN_BATCHES, seed=1)
    return Case(
        make,
        train=lambda: batches().repeat(),
        evaluate=input_fn(label, EVAL_BATCHES, seed=2),
        predict=input_fn(label, 1, seed=3),
    )


def constant_case(make: Callable[..., Any], label: str) -> Case:
    """A model that ignores its features.

    The input is tensors: a baseline model of 2.15 reads it while it initializes its variables,
    when a Dataset's iterator has not been initialized.
    """

    def once(seed: int) -> Callable[[], Any]:
        def made() -> Any:
            batch = input_fn(label, 1, seed)().map(_kept)
            return v1.data.make_one_shot_iterator(batch).get_next()

        return made

    def train() -> Any:
        batches = input_fn(label, TRAIN_BATCHES, seed=1)().map(_kept).repeat()
        return v1.data.make_one_shot_iterator(batches).get_next()

    return Case(make, train=train, evaluate=once(2), predict=once(3))


def _kept(features: Any, labels: Any) -> Any:
    return {name: features[name] for name in ("age", "weight")}, labels


def decaying_momentum() -> Any:
    """An optimizer of a class that has no name, whose learning rate falls."""
    rate = v1.train.exponential_decay(0.1, v1.train.get_global_step(), 2, 0.5, staircase=True)
    return v1.train.MomentumOptimizer(rate, 0.9)


def older_shared(c: Columns) -> list[Any]:
    """Embedding columns of one table, of the older kind."""
    with tf.Graph().as_default():
        return v1.feature_column.shared_embedding_columns([c.hour, c.minute], 3)


def deep_cases(api: Any, c: Columns) -> dict[str, Case]:
    """DNN estimators."""
    return {
        "dnn_classifier": case(
            lambda **k: api.DNNClassifier([6, 4], c.deep(), weight_column="weight", **k), "binary"
        ),
        "dnn_classifier_3_classes": case(
            lambda **k: api.DNNClassifier(
                [4],
                c.few(),
                n_classes=3,
                label_vocabulary=COLORS,
                optimizer="Adam",
                activation_fn=tf.nn.tanh,
                loss_reduction=Reduction.MEAN,
                **k,
            ),
            "class_name",
        ),
        "dnn_classifier_batch_norm": case(
            lambda **k: api.DNNClassifier(
                [4, 3],
                c.few(),
                batch_norm=True,
                optimizer="SGD",
                input_layer_partitioner=v1.fixed_size_partitioner(2),
                **k,
            ),
            "binary",
        ),
        "dnn_classifier_momentum": case(
            lambda **k: api.DNNClassifier([4], c.shared(), optimizer=decaying_momentum, **k),
            "binary",
        ),
        "dnn_regressor": case(
            lambda **k: api.DNNRegressor(
                [4],
                [c.age, *older_shared(c)],
                label_dimension=2,
                optimizer="RMSProp",
                weight_column="weight",
                loss_reduction=Reduction.SUM_OVER_BATCH_SIZE,
                **k,
            ),
            "numbers",
        ),
    }


def linear_cases(api: Any, c: Columns) -> dict[str, Case]:
    """Linear and baseline estimators.

    With a partitioner they use SGD: in 2.15 the slots of each piece are variables of their own,
    incomplete ones, that nobody can read off a checkpoint.
    """
    return {
        "linear_classifier": case(lambda **k: api.LinearClassifier(c.wide(), **k), "binary"),
        "linear_classifier_3_classes": case(
            lambda **k: api.LinearClassifier(
                c.some_wide(),
                n_classes=3,
                weight_column=fc.numeric_column("weight"),
                optimizer="SGD",
                partitioner=v1.fixed_size_partitioner(3),
                loss_reduction=Reduction.SUM_BY_NONZERO_WEIGHTS,
                sparse_combiner="mean",
                **k,
            ),
            "class",
        ),
        "linear_regressor": case(
            lambda **k: api.LinearRegressor([*c.few(), *older_shared(c)], optimizer=None, **k),
            "number",
        ),
        "baseline_classifier": constant_case(
            lambda **k: api.BaselineClassifier(weight_column="weight", **k), "binary"
        ),
        "baseline_classifier_3_classes": constant_case(
            lambda **k: api.BaselineClassifier(n_classes=3, optimizer="Adagrad", **k), "class"
        ),
        "baseline_regressor": constant_case(
            lambda **k: api.BaselineRegressor(label_dimension=2, **k), "numbers"
        ),
        "baseline_estimator": constant_case(
            lambda **k: api.BaselineEstimator(api.PoissonRegressionHead(), **k), "count"
        ),
    }


def combined_cases(api: Any, c: Columns) -> dict[str, Case]:
    """Wide and deep estimators."""

    def both(make: Any, *args: Any, **options: Any) -> Callable[..., Any]:
        given = {
            "linear_feature_columns": c.some_wide(),
            "dnn_feature_columns": c.few(),
            "dnn_hidden_units": [4],
            **options,
        }
        return lambda **k: make(*args, **given, **k)

    return {
        "combined_classifier": case(
            both(
                api.DNNLinearCombinedClassifier,
                dnn_hidden_units=[6, 4],
                weight_column="weight",
                input_layer_partitioner=v1.fixed_size_partitioner(2),
            ),
            "binary",
        ),
        "combined_classifier_3_classes": case(
            both(
                api.DNNLinearCombinedClassifier,
                n_classes=3,
                batch_norm=True,
                dnn_optimizer="Adam",
                linear_optimizer="Adam",
                linear_sparse_combiner="sqrtn",
            ),
            "class",
        ),
        "combined_classifier_wide_only": case(
            both(api.DNNLinearCombinedClassifier, dnn_feature_columns=None, dnn_hidden_units=None),
            "binary",
        ),
        "combined_regressor": case(
            both(
                api.DNNLinearCombinedRegressor,
                dnn_optimizer=decaying_momentum,
                linear_feature_columns=[c.hour],
            ),
            "number",
        ),
        "combined_estimator": case(
            both(
                api.DNNLinearCombinedEstimator,
                api.LogisticRegressionHead(name="lr"),
                dnn_optimizer="Adam",
                linear_feature_columns=[c.hour],
            ),
            "share",
        ),
    }


def all_cases(api: Any, folder: Path) -> dict[str, Case]:
    """All cases by name."""
    c = Columns(folder)
    return deep_cases(api, c) | linear_cases(api, c) | combined_cases(api, c)
