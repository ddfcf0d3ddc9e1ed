"""Recurrent estimators and their inputs, to be built with TensorFlow 2.15 or ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from comparison import Case

fc = tf.feature_column

BATCH = 4
BATCHES = 2
STEPS = 5
WORDS = ["a", "b", "c", "d"]


def examples(seed: int, count: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Features and labels of so many examples, by name.

    TensorFlow 2.15 needs a sequence of the greatest length in each batch.
    """
    draw = np.random.RandomState(seed)
    lengths = draw.randint(0, STEPS + 1, count)
    lengths[::BATCH] = STEPS
    mask = np.arange(STEPS)[None, :] < lengths[:, None]
    indices = np.argwhere(mask)
    n = len(indices)

    def listed(values: Any) -> Any:
        return tf.SparseTensor(indices, values, [count, STEPS])

    pairs = np.concatenate([np.repeat(indices, 2, 0), np.tile([[0], [1]], [n, 1])], 1)
    steps = draw.randint(0, 2, [count, STEPS])
    features = {
        "price": listed(draw.normal(size=n).astype(np.float32)),
        "pair": tf.SparseTensor(
            pairs, draw.normal(size=2 * n).astype(np.float32), [count, STEPS, 2]
        ),
        "word": listed(draw.choice([*WORDS, "zz"], n)),
        "other": listed(draw.choice([*WORDS, "zz"], n)),
        "code": listed(draw.randint(0, 6, n).astype(np.int64)),
        "age": draw.normal(size=[count, 1]).astype(np.float32),
        "kind": draw.randint(0, 3, [count, 1]).astype(np.int64),
        "weight": draw.uniform(0.2, 2, [count, 1]).astype(np.float32),
        "step_weight": draw.uniform(0.2, 2, [count, STEPS]).astype(np.float32),
        "some": mask & (np.arange(STEPS) < 3),
    }
    labels = {
        "binary": draw.randint(0, 2, [count, 1]).astype(np.int64),
        "class": draw.randint(0, 3, [count, 1]).astype(np.int64),
        "number": draw.normal(size=[count, 1]).astype(np.float32),
        "steps": steps.astype(np.int64),
        "step_names": listed(np.array(["no", "yes"])[steps[mask]]),
        "step_classes": draw.randint(0, 3, [count, STEPS, 1]).astype(np.int64),
    }
    return features, labels


def input_fn(label: str, seed: int, batches: int, forever: bool) -> Callable[[], Any]:
    """Batches with the label of that name."""

    def made() -> Any:
        features, labels = examples(seed, batches * BATCH)
        dataset = tf.data.Dataset.from_tensor_slices((features, labels[label])).batch(BATCH)
        return dataset.repeat() if forever else dataset

    return made


class Columns:
    """The feature columns of the cases."""

    def __init__(self) -> None:
        self.price = fc.sequence_numeric_column("price")
        self.scaled = fc.sequence_numeric_column(
            "price", default_value=-1.0, normalizer_fn=lambda price: price * 2.0
        )
        self.pair = fc.sequence_numeric_column("pair", shape=(2,))
        self.word = fc.sequence_categorical_column_with_vocabulary_list(
            "word", WORDS, num_oov_buckets=1
        )
        self.hashed = fc.sequence_categorical_column_with_hash_bucket("other", 5)
        self.code = fc.sequence_categorical_column_with_identity("code", 6)
        self.age = fc.numeric_column("age")
        self.kind = fc.categorical_column_with_identity("kind", 3)

    def all(self) -> list[Any]:
        """Sequence columns of every kind but vocabulary files."""
        return [
            self.price,
            self.pair,
            fc.embedding_column(self.word, 2),
            fc.embedding_column(self.hashed, 3, combiner="sum"),
            fc.indicator_column(self.code),
        ]

    def context(self) -> list[Any]:
        """Dense columns."""
        return [self.age, fc.embedding_column(self.kind, 2)]

    def shared(self) -> list[Any]:
        """Two columns of one embedding, which can only be made in a graph."""
        other = fc.sequence_categorical_column_with_vocabulary_list("other", WORDS)
        with tf.Graph().as_default():
            return fc.shared_embeddings(
                [fc.sequence_categorical_column_with_vocabulary_list("word", WORDS), other], 2
            )


def all_cases(api: Any, layers: Any) -> dict[str, Case]:
    """All cases by name.

    Args:
        api: has the names of ``tf.estimator``.
        layers: has Keras cells.
    """
    c = Columns()
    experimental = api.experimental

    def case(label: str, make: Any, *args: Any, **options: Any) -> Case:
        return Case(
            lambda **given: make(*args, **options, **given),
            input_fn(label, 1, BATCHES, True),
            input_fn(label, 2, BATCHES, False),
            input_fn(label, 3, 1, False),
        )

    def stacked() -> Any:
        cells = [
            layers.LSTMCell(3, activation="relu", use_bias=False),
            layers.LSTMCell(2, recurrent_activation="tanh", unit_forget_bias=False),
            layers.GRUCell(2),
        ]
        return layers.StackedRNNCells(cells)

    classifier, estimator = experimental.RNNClassifier, experimental.RNNEstimator
    gru = layers.GRUCell
    return {
        "simple": case("binary", classifier, c.all(), c.context(), units=[3]),
        "lstm_3_classes": case(
            "class",
            classifier,
            [c.price, fc.embedding_column(c.word, 2)],
            c.context(),
            units=[3, 2],
            cell_type="lstm",
            n_classes=3,
            weight_column="weight",
            optimizer="Adam",
        ),
        "gru": case(
            "binary",
            classifier,
            [c.scaled],
            units=[2, 3],
            cell_type="gru",
            loss_reduction="sum",
            optimizer="SGD",
        ),
        "no_layers": case("binary", classifier, [c.pair], units=[]),
        "shared": case("binary", classifier, c.shared(), units=[2, 2], cell_type=gru),
        "cell_fn": case(
            "binary",
            classifier,
            [c.price],
            rnn_cell_fn=lambda: gru(3, reset_after=False, name="mine_2", activation="sigmoid"),
        ),
        "stacked": case("binary", classifier, [c.price], rnn_cell_fn=stacked),
        "cell_list": case(
            "binary",
            classifier,
            [c.price],
            rnn_cell_fn=lambda: [layers.SimpleRNNCell(2), layers.SimpleRNNCell(3)],
        ),
        "regression": case(
            "number", estimator, api.RegressionHead(), [c.price], [c.age], [3], "lstm"
        ),
        "sequences": case("steps", classifier, [c.price], units=[3], return_sequences=True),
        "sequences_sparse": case(
            "step_names",
            classifier,
            [c.price],
            units=[3, 2],
            cell_type="gru",
            return_sequences=True,
            weight_column="step_weight",
            label_vocabulary=["no", "yes"],
        ),
        "sequences_3_classes": case(
            "step_classes",
            classifier,
            [c.price],
            [c.age],
            units=[3],
            cell_type="lstm",
            n_classes=3,
            return_sequences=True,
            sequence_mask="some",
            loss_reduction="sum",
        ),
    }
