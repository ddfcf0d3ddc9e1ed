"""Canned estimators, their inputs and their variables, to be built with TensorFlow 2.15 or ours.

Whatever is in here is written once and used on both sides: by ``generate_canned.py``, which runs
``tf.estimator`` of TensorFlow 2.15, and by the tests, which run ``trainwright.estimator`` on the
same batches, from the same variables.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1
fc = tf.feature_column

STEPS = 6
BATCH = 8
TRAIN_BATCHES, EVAL_BATCHES = 4, 3
CITIES = ["oslo", "rome", "lima", "bonn", "cork", "riga"]
COLORS = ["red", "green", "blue"]
SHADES = [*COLORS, "mauve"]  # the last one is in no vocabulary
TAGS = ["a", "b", "c", "d", "e"]


def examples(seed: int, count: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Features and labels of so many examples, by name."""
    draw = np.random.RandomState(seed)
    lengths = draw.randint(0, 4, count)
    rows = [[row, place] for row, length in enumerate(lengths) for place in range(length)]
    indices = np.array(rows, np.int64).reshape(-1, 2)

    def listed(values: Any) -> Any:
        return tf.SparseTensor(indices, values, [count, 3])

    features = {
        "age": draw.uniform(18, 80, [count, 1]).astype(np.float32),
        "vec": draw.normal(size=[count, 3]).astype(np.float32),
        "flat": draw.normal(size=[count]).astype(np.float32),
        "city": draw.choice(CITIES, [count, 1]),
        "color": draw.choice(SHADES, [count, 1]),
        "hour": draw.randint(0, 5, [count, 1]).astype(np.int64),
        "minute": draw.randint(0, 5, [count, 1]).astype(np.int64),
        "tags": listed(draw.choice(TAGS, len(rows))),
        "tag_weights": listed(draw.uniform(0.1, 2, len(rows)).astype(np.float32)),
        "codes": listed(draw.randint(0, 7, len(rows)).astype(np.int64)),
        "weight": draw.uniform(0.2, 2, [count, 1]).astype(np.float32),
    }
    several = draw.randint(0, 2, [count, 3])
    labels = {
        "binary": draw.randint(0, 2, [count, 1]).astype(np.int64),
        "name": draw.choice(["no", "yes"], [count, 1]),
        "class": draw.randint(0, 3, [count, 1]).astype(np.int64),
        "class_name": draw.choice(COLORS, [count, 1]),
        "number": draw.normal(size=[count, 1]).astype(np.float32),
        "numbers": draw.normal(size=[count, 2]).astype(np.float32),
        "count": draw.poisson(2.0, [count, 1]).astype(np.float32),
        "share": draw.uniform(0, 1, [count, 1]).astype(np.float32),
        "several": several.astype(np.int64),
    }
    return features, labels


def input_fn(label: str | tuple[str, ...], batches: int, seed: int) -> Callable[[], Any]:
    """Batches with the label of that name, or with a dict of the labels of those names."""

    def made() -> Any:
        features, labels = examples(seed, batches * BATCH)
        chosen = labels[label] if isinstance(label, str) else {n: labels[n] for n in label}
        return tf.data.Dataset.from_tensor_slices((features, chosen)).batch(BATCH)

    return made


def constant_input_fn(label: str, seed: int) -> Callable[[], Any]:
    """One batch without end, as tensors.

    A baseline model of 2.15 reads its input while it initializes its variables, which fails where
    the input is a Dataset, as that has not been initialized then.
    """

    def made() -> Any:
        features, labels = examples(seed, BATCH)
        kept = {name: tf.constant(features[name]) for name in ("age", "weight")}
        return kept, tf.constant(labels[label])

    return made


def vocabulary_file(folder: Path) -> str:
    """A file with the cities but the last two."""
    path = folder / "cities.txt"
    path.write_text("\n".join(CITIES[:4]) + "\n")
    return str(path)


class Columns:
    """The feature columns of the cases; ``folder`` is where the vocabulary file goes."""

    def __init__(self, folder: Path):
        self.age = fc.numeric_column("age", normalizer_fn=lambda age: (age - 40.0) / 20.0)
        self.vec = fc.numeric_column("vec", shape=(3,))
        self.flat = fc.numeric_column("flat")
        self.age_band = fc.bucketized_column(fc.numeric_column("age"), [30.0, 45.0, 60.0])
        self.city = fc.categorical_column_with_hash_bucket("city", 7)
        self.color = fc.categorical_column_with_vocabulary_list("color", COLORS)
        self.color_oov = fc.categorical_column_with_vocabulary_list(
            "color", COLORS, num_oov_buckets=2
        )
        self.city_file = fc.categorical_column_with_vocabulary_file(
            "city", vocabulary_file(folder), 4
        )
        self.hour = fc.categorical_column_with_identity("hour", 5)
        self.minute = fc.categorical_column_with_identity("minute", 5)
        self.tags = fc.categorical_column_with_vocabulary_list("tags", TAGS[:4])
        self.weighted_tags = fc.weighted_categorical_column(self.tags, "tag_weights")
        self.codes = fc.categorical_column_with_hash_bucket("codes", 4, tf.int64)
        self.city_color = fc.crossed_column(["color", "city"], 11)
        self.band_hour = fc.crossed_column([self.age_band, self.hour, "tags"], 13)

    def wide(self) -> list[Any]:
        """Columns of every kind that a linear model takes."""
        return [
            self.age,
            self.vec,
            self.flat,
            self.age_band,
            self.city,
            self.color,
            self.hour,
            self.weighted_tags,
            self.codes,
            self.city_color,
            self.band_hour,
            fc.indicator_column(self.minute),
        ]

    def deep(self) -> list[Any]:
        """Columns of every kind that a network takes."""
        return [
            self.age,
            self.vec,
            self.age_band,
            fc.embedding_column(self.city, 2),
            fc.embedding_column(self.hour, 4, combiner="sum"),
            fc.embedding_column(self.weighted_tags, 3, combiner="sqrtn"),
            fc.embedding_column(self.city_color, 2, max_norm=0.4),
            fc.embedding_column(self.codes, 2, combiner="mean", trainable=False),
            fc.indicator_column(self.color),
            fc.indicator_column(self.tags),
        ]

    def some_wide(self) -> list[Any]:
        """Fewer of them: graphs of all kinds take seconds to build."""
        return [self.age_band, self.city, self.weighted_tags, self.band_hour]

    def few(self) -> list[Any]:
        """Two dense columns."""
        return [self.age, fc.embedding_column(self.hour, 2)]

    def shared(self) -> list[Any]:
        """Two embedding columns of one table, which can only be made in a graph."""
        with tf.Graph().as_default():
            return [self.age, *fc.shared_embeddings([self.hour, self.minute], 3)]


class Constant(NamedTuple):
    """A label whose batch is given as tensors, by :func:`constant_input_fn`."""

    name: str


Case = tuple[Callable[..., Any], Any]
"""A function of ``model_dir`` and ``config``, and the name of the label, or names of several."""


def deep_cases(api: Any, c: Columns) -> dict[str, Case]:
    """DNN estimators."""
    return {
        "dnn_classifier": (lambda **k: api.DNNClassifier([6, 4], c.deep(), **k), "binary"),
        "dnn_classifier_weighted": (
            lambda **k: api.DNNClassifier(
                [4], c.few(), weight_column="weight", label_vocabulary=["no", "yes"], **k
            ),
            "name",
        ),
        "dnn_classifier_3_classes": (
            lambda **k: api.DNNClassifier(
                [4],
                [c.age, fc.indicator_column(c.color_oov), fc.embedding_column(c.city_file, 2)],
                n_classes=3,
                optimizer="Adam",
                activation_fn=tf.nn.tanh,
                **k,
            ),
            "class",
        ),
        "dnn_classifier_batch_norm": (
            lambda **k: api.DNNClassifier(
                [4, 3], c.few(), batch_norm=True, optimizer="SGD", loss_reduction="sum", **k
            ),
            "binary",
        ),
        "dnn_classifier_shared": (lambda **k: api.DNNClassifier([4], c.shared(), **k), "binary"),
        "dnn_classifier_no_hidden": (
            lambda **k: api.DNNClassifier([], c.few(), optimizer="RMSProp", **k),
            "binary",
        ),
        "dnn_regressor": (
            lambda **k: api.DNNRegressor(
                [4], [*c.few(), fc.embedding_column(c.tags, 2)], weight_column="weight", **k
            ),
            "number",
        ),
        "dnn_regressor_2": (
            lambda **k: api.DNNRegressor([4], c.few(), label_dimension=2, optimizer="Ftrl", **k),
            "numbers",
        ),
    }


def linear_cases(api: Any, c: Columns) -> dict[str, Case]:
    """Linear and baseline estimators."""
    return {
        "linear_classifier": (lambda **k: api.LinearClassifier(c.wide(), **k), "binary"),
        "linear_classifier_mean": (
            lambda **k: api.LinearClassifier(c.some_wide(), sparse_combiner="mean", **k),
            "binary",
        ),
        "linear_classifier_sqrtn": (
            lambda **k: api.LinearClassifier(
                [c.weighted_tags, c.codes, c.color_oov, c.city_file],
                sparse_combiner="sqrtn",
                optimizer="SGD",
                **k,
            ),
            "binary",
        ),
        "linear_classifier_3_classes": (
            lambda **k: api.LinearClassifier(
                c.some_wide(),
                n_classes=3,
                label_vocabulary=COLORS,
                weight_column=fc.numeric_column("weight"),
                **k,
            ),
            "class_name",
        ),
        "linear_regressor": (
            lambda **k: api.LinearRegressor(
                [*c.few(), c.tags], weight_column="weight", loss_reduction="sum", **k
            ),
            "number",
        ),
        "baseline_classifier": (
            lambda **k: api.BaselineClassifier(weight_column="weight", **k),
            Constant("binary"),
        ),
        "baseline_classifier_3_classes": (
            lambda **k: api.BaselineClassifier(n_classes=3, optimizer="SGD", **k),
            Constant("class"),
        ),
        "baseline_regressor": (
            lambda **k: api.BaselineRegressor(label_dimension=2, **k),
            Constant("numbers"),
        ),
        "baseline_estimator": (
            lambda **k: api.BaselineEstimator(api.PoissonRegressionHead(), **k),
            Constant("count"),
        ),
    }


def combined_cases(api: Any, c: Columns) -> dict[str, Case]:
    """Wide and deep estimators."""

    def both(make: Any, *args: Any, **options: Any) -> Callable[..., Any]:
        given = {
            "linear_feature_columns": c.some_wide(),
            "dnn_feature_columns": c.few(),
            "dnn_hidden_units": [6, 4],
            **options,
        }
        return lambda **k: make(*args, **given, **k)

    return {
        "combined_classifier": (
            both(
                api.DNNLinearCombinedClassifier,
                linear_feature_columns=c.wide(),
                dnn_feature_columns=c.deep(),
                weight_column="weight",
            ),
            "binary",
        ),
        "combined_classifier_3_classes": (
            both(
                api.DNNLinearCombinedClassifier,
                n_classes=3,
                batch_norm=True,
                dnn_optimizer="Adam",
                linear_optimizer="Adam",
                linear_sparse_combiner="mean",
            ),
            "class",
        ),
        "combined_classifier_wide_only": (
            both(api.DNNLinearCombinedClassifier, dnn_feature_columns=None, dnn_hidden_units=None),
            "binary",
        ),
        "combined_classifier_deep_only": (
            both(api.DNNLinearCombinedClassifier, linear_feature_columns=None),
            "binary",
        ),
        "combined_regressor": (both(api.DNNLinearCombinedRegressor), "number"),
        "combined_estimator": (
            both(api.DNNLinearCombinedEstimator, api.LogisticRegressionHead(name="lr")),
            "share",
        ),
    }


def head_cases(api: Any, c: Columns) -> dict[str, Case]:
    """Estimators that are given a head."""
    several = api.MultiLabelHead(
        3, thresholds=[0.4], classes_for_class_based_metrics=[0, 2], weight_column="weight"
    )
    two = api.MultiHead(
        [
            api.BinaryClassHead(name="binary", thresholds=[0.3, 0.7]),
            api.RegressionHead(name="number", weight_column="weight"),
        ],
        head_weights=[1.0, 0.5],
    )
    three = api.MultiHead(
        [
            api.MultiClassHead(3, name="class"),
            api.RegressionHead(2, name="numbers"),
            api.PoissonRegressionHead(name="count"),
        ]
    )
    return {
        "head_multi_label": (lambda **k: api.DNNEstimator(several, [4], c.few(), **k), "several"),
        "head_multi": (
            lambda **k: api.DNNEstimator(two, [4], c.few(), **k),
            ("binary", "number"),
        ),
        "head_multi_linear": (
            lambda **k: api.LinearEstimator(three, [c.hour, c.age], **k),
            ("class", "numbers", "count"),
        ),
        "head_multi_combined": (
            lambda **k: api.DNNLinearCombinedEstimator(
                two,
                linear_feature_columns=[c.hour],
                dnn_feature_columns=c.few(),
                dnn_hidden_units=[3],
                **k,
            ),
            ("binary", "number"),
        ),
        "head_regression_link": (
            lambda **k: api.LinearEstimator(
                api.RegressionHead(inverse_link_fn=tf.exp, loss_reduction="sum"), c.few(), **k
            ),
            "number",
        ),
    }


def all_cases(api: Any, folder: Path) -> dict[str, Case]:
    """All cases by name."""
    c = Columns(folder)
    cases = deep_cases(api, c) | linear_cases(api, c) | combined_cases(api, c)
    return cases | head_cases(api, c)


class LossRecorder(v1.train.SessionRunHook):
    """Keeps the loss of every step."""

    def __init__(self) -> None:
        self.losses: list[float] = []

    def before_run(self, run_context: Any) -> Any:
        """Asks for what the summary called loss shows."""
        summary = run_context.session.graph.get_operation_by_name("loss")
        return v1.train.SessionRunArgs(summary.inputs[1])

    def after_run(self, run_context: Any, run_values: Any) -> None:
        """Keeps it."""
        self.losses.append(float(run_values.results))


def write_checkpoint(values: dict[str, Any], folder: Path) -> None:
    """Writes variables as the checkpoint of step 0 of a model directory."""
    folder.mkdir(parents=True, exist_ok=True)
    with tf.Graph().as_default(), v1.Session() as session:
        made = [v1.get_variable(name, initializer=value) for name, value in values.items()]
        session.run(v1.global_variables_initializer())
        v1.train.Saver(made).save(session, str(folder / "model.ckpt"), 0, write_meta_graph=False)


def read_checkpoint(path: str) -> dict[str, Any]:
    """The variables of a checkpoint, by name."""
    reader = tf.train.load_checkpoint(path)
    return {name: reader.get_tensor(name) for name in sorted(reader.get_variable_to_shape_map())}


def run(estimator: Any, label: Any) -> dict[str, Any]:
    """Trains, evaluates and predicts.

    Returns:
        ``losses``, ``final`` variables, ``metrics``, and ``predictions``: one dict per example.
    """
    recorder = LossRecorder()
    estimator.train(train_input_fn(label), max_steps=STEPS, hooks=[recorder])
    return {
        "losses": recorder.losses,
        "final": read_checkpoint(estimator.model_dir),
        "metrics": estimator.evaluate(eval_input_fn(label), steps=EVAL_BATCHES),
        "predictions": list(islice(estimator.predict(predict_input_fn(label)), BATCH)),
    }


def train_input_fn(label: Any) -> Callable[[], Any]:
    """The batches to train on, again and again."""
    if isinstance(label, Constant):
        return constant_input_fn(label.name, seed=1)
    batches = input_fn(label, TRAIN_BATCHES, seed=1)
    return lambda: batches().repeat()


def eval_input_fn(label: Any) -> Callable[[], Any]:
    """The batches to evaluate."""
    if isinstance(label, Constant):
        return constant_input_fn(label.name, seed=2)
    return input_fn(label, EVAL_BATCHES, seed=2)


def predict_input_fn(label: Any) -> Callable[[], Any]:
    """The batch to predict for."""
    if isinstance(label, Constant):
        return constant_input_fn(label.name, seed=3)
    return input_fn(label, 1, seed=3)
