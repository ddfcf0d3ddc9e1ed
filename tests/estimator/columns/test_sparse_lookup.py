"""Lookups of sparse ids give what TensorFlow's own give: outputs, gradients, and their rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.estimator.columns import linear_model
from trainwright.estimator.columns.switch import lowering

v1 = tf.compat.v1
fc = tf.feature_column

PLACES = [[0, 0], [0, 1], [2, 0], [2, 1], [2, 2], [4, 1]]
SHAPE = [6, 3]
BATCH = {
    "ids": v1.SparseTensorValue(PLACES, np.array([3, 1, 1, 9, -4, 1]), SHAPE),
    "words": v1.SparseTensorValue(PLACES, [b"x", b"no", b"y", b"x", b"x", b""], SHAPE),
    "small": v1.SparseTensorValue(PLACES, np.array([2, 0, 1, 2, 2, 0], np.int32), SHAPE),
}
NOTHING = {
    "ids": v1.SparseTensorValue(np.zeros([0, 2], np.int64), np.zeros([0], np.int64), [3, 0]),
    "words": v1.SparseTensorValue(np.zeros([0, 2], np.int64), np.zeros([0], "S1"), [3, 0]),
    "small": v1.SparseTensorValue(np.zeros([0, 2], np.int64), np.zeros([0], np.int32), [3, 0]),
}


def ids(default: int | None = 0) -> Any:
    return fc.categorical_column_with_identity("ids", 5, default)


def words(**options: Any) -> Any:
    return fc.categorical_column_with_vocabulary_list("words", ["x", "y"], **options)


KINDS: dict[str, Callable[[], Any]] = {
    "identity": ids,
    "identity with another default": lambda: ids(3),
    "identity without default": lambda: fc.categorical_column_with_identity("small", 3),
    "int32": lambda: fc.categorical_column_with_identity("small", 2, 1),
    "vocabulary": words,
    "vocabulary with a default": lambda: words(default_value=1),
    "vocabulary with buckets": lambda: words(num_oov_buckets=2),
    "hashed words": lambda: fc.categorical_column_with_hash_bucket("words", 7),
    "hashed integers": lambda: fc.categorical_column_with_hash_bucket("ids", 7, tf.int64),
    "crossed": lambda: fc.crossed_column(["words", "small"], 11),
}


@pytest.mark.parametrize("combiner", ["sum", "mean", "sqrtn"])
@pytest.mark.parametrize("kind", KINDS)
def test_categorical_columns(kind: str, combiner: str, compute_both: Any) -> None:
    lowered, own = compute_both(lambda: [KINDS[kind]()], BATCH, linear=True, combiner=combiner)
    assert "SparseReshape" in own.op_types
    assert "SparseReshape" not in lowered.op_types
    lowered, _ = compute_both(
        lambda: [fc.embedding_column(KINDS[kind](), 3, combiner=combiner)], BATCH
    )
    assert "SparseReshape" not in lowered.op_types


def test_all_columns_together_and_beside_other_kinds(compute_both: Any) -> None:
    names = {make().name: make for make in KINDS.values()}

    def make() -> list[Any]:
        return [make() for make in names.values()]

    compute_both(make, BATCH, linear=True)
    compute_both(lambda: [fc.embedding_column(column, 2) for column in make()], BATCH)
    compute_both(lambda: [fc.indicator_column(ids()), fc.embedding_column(words(), 2)], BATCH)


def test_a_batch_without_any_value(compute_both: Any) -> None:
    compute_both(lambda: [ids(), words()], NOTHING, linear=True)
    compute_both(lambda: [fc.embedding_column(ids(), 2)], NOTHING)


@pytest.mark.parametrize("seed", range(4))
def test_batches_at_random(seed: int, compute_both: Any) -> None:
    draw = np.random.default_rng(seed)
    present = draw.random([9, 4]) < 0.4
    count = int(present.sum())
    places = np.argwhere(present)
    values = {
        "ids": draw.integers(-3, 8, [count]),
        "words": draw.choice([b"x", b"y", b"", b"no"], [count]),
        "small": draw.integers(0, 3, [count]).astype(np.int32),
    }
    batch = {name: v1.SparseTensorValue(places, of, [9, 4]) for name, of in values.items()}
    columns = [KINDS[kind] for kind in ("vocabulary", "hashed integers", "int32")]
    compute_both(lambda: [make() for make in columns], batch, linear=True, combiner="mean")
    compute_both(lambda: [fc.embedding_column(make(), 3) for make in (ids, words)], batch)


def test_vocabulary_files(tmp_path: Path, compute_both: Any) -> None:
    path = tmp_path / "words"
    path.write_text("x\ny\n")
    compute_both(
        lambda: [fc.categorical_column_with_vocabulary_file("words", str(path))], BATCH, linear=True
    )


def test_what_takes_the_ordinary_way(compute_both: Any) -> None:
    weights = v1.SparseTensorValue(PLACES, np.linspace(0.5, 2, 6, dtype="f"), SHAPE)
    features = {**BATCH, "weights": weights}
    lowered, own = compute_both(
        lambda: [
            fc.embedding_column(fc.weighted_categorical_column(ids(), "weights"), 2),
            fc.embedding_column(words(), 2, max_norm=0.5),
        ],
        features,
    )
    assert lowered.op_types == own.op_types
    lowered, _ = compute_both(lambda: [ids()], BATCH, linear=True, partitions=2)
    assert "SparseReshape" in lowered.op_types
    of_rank_3 = v1.SparseTensorValue([[0, 0, 0], [1, 1, 0]], [3, 1], [2, 2, 2])
    compute_both(lambda: [ids()], {"ids": of_rank_3}, linear=True)


def train(lowered: bool) -> dict[str, Any]:
    """All variables after steps of FTRL, slots included."""
    numbers = np.random.default_rng(0)
    with tf.Graph().as_default(), lowering(lowered), v1.Session() as session:
        fed = v1.sparse_placeholder(tf.int64, [None, None])
        logits = linear_model({"ids": fed}, [ids(2)], 1, "mean", "wide", "wide").logits
        optimizer = v1.train.FtrlOptimizer(0.3, l1_regularization_strength=0.01)
        train_op = optimizer.minimize(tf.reduce_mean(tf.square(logits - 1.0)))
        session.run(v1.global_variables_initializer())
        for _ in range(20):
            present = numbers.random([8, 3]) < 0.5
            values = numbers.integers(-1, 6, [int(present.sum())])
            batch = v1.SparseTensorValue(np.argwhere(present), values, [8, 3])
            session.run(train_op, {fed: batch})
        return dict(session.run({v.op.name: v for v in v1.global_variables()}))


def test_training_changes_all_variables_in_the_same_way() -> None:
    own = train(lowered=False)
    lowered = train(lowered=True)
    assert lowered.keys() == own.keys()
    for name, expected in own.items():
        np.testing.assert_array_equal(lowered[name], expected, err_msg=name)
