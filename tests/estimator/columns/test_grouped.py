"""Columns looked up side by side give what each gives by itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from trainwright.estimator.columns import linear_model
from trainwright.estimator.columns.switch import lowering

v1 = tf.compat.v1
fc = tf.feature_column

BATCH = {
    "a": np.array([[3], [1], [-1], [9], [1]]),
    "b": np.array([[0], [-1], [-1], [-7], [2]]),
    "c": np.array([[-1], [-1], [-1], [-1], [-1]]),
    "words": np.array([[b"x"], [b""], [b"y"], [b"other"], [b"x"]]),
    "names": np.array([[b"x"], [b"y"], [b"z"], [b""], [b""]]),
    "small": np.array([[1], [-1], [0], [2], [2]], np.int32),
    "numbers": np.array([[0.5], [1.5], [2.5], [-1.0], [2.0]], "f"),
}


def ranges(defaults: tuple[int, int, int] = (0, 0, 0)) -> list[Any]:
    sizes = {"a": 5, "b": 3, "c": 4}
    return [
        fc.categorical_column_with_identity(name, size, default)
        for (name, size), default in zip(sizes.items(), defaults, strict=True)
    ]


def others() -> list[Any]:
    return [
        fc.categorical_column_with_vocabulary_list("words", ["x", "y"]),
        fc.categorical_column_with_hash_bucket("names", 7),
        fc.categorical_column_with_identity("small", 3, 0),
    ]


def alone() -> list[Any]:
    numbers = fc.numeric_column("numbers")
    return [numbers, fc.bucketized_column(numbers, [0.0, 1.0, 2.0])]


def count(kind: str, columns: Any) -> int:
    """How many ops of a kind the lowered model of the columns has."""
    with tf.Graph().as_default() as graph, lowering(True):
        features = {name: tf.constant(value) for name, value in BATCH.items()}
        linear_model(features, columns, 1, "sum", "model", "model")
        return sum(operation.type == kind for operation in graph.get_operations())


@pytest.mark.parametrize("defaults", [(0, 0, 0), (3, 0, 1)])
def test_ranges(defaults: tuple[int, int, int], compute_both: Any) -> None:
    lowered, _ = compute_both(lambda: ranges(defaults), BATCH, linear=True)
    assert lowered.is_lowered
    assert count("NotEqual", ranges(defaults)) == 1
    assert count("ResourceGather", ranges(defaults)) == 3


def test_other_columns_of_one_id(compute_both: Any) -> None:
    lowered, _ = compute_both(others, BATCH, linear=True)
    assert lowered.is_lowered
    assert count("Select", others()) == 1


def test_all_kinds_in_one_model(compute_both: Any) -> None:
    compute_both(lambda: [*ranges(), *others(), *alone()], BATCH, linear=True)


def test_one_of_a_kind(compute_both: Any) -> None:
    compute_both(lambda: [ranges()[0], others()[0], *alone()], BATCH, linear=True)
    compute_both(lambda: [ranges()[0]], BATCH, linear=True)


def test_some_sparse_and_some_of_several_values(compute_both: Any) -> None:
    sparse = v1.SparseTensorValue([[0, 0], [2, 0], [4, 1]], [b"x", b"y", b"x"], [5, 2])
    features = {
        **BATCH,
        "words": sparse,
        "b": np.array([[0, 1], [1, -1], [-1, -1], [2, 2], [9, 0]]),
    }
    compute_both(lambda: [*ranges(), *others()], features, linear=True)


def batches() -> Any:
    """Values of some examples by name: of ranges, of words, and of a range without errors."""

    def of(size: int) -> Any:
        numbers = st.lists(st.integers(-3, 9), min_size=size, max_size=size)
        words = st.lists(st.sampled_from([b"x", b"y", b"", b"z"]), min_size=size, max_size=size)
        kinds = dict.fromkeys(("a", "b", "c", "small"), numbers)
        return st.fixed_dictionaries({**kinds, "words": words, "names": words})

    return st.integers(1, 6).flatmap(of)


def test_any_batch(compare_batches: Any) -> None:
    features = {name: BATCH[name] for name in ("a", "b", "c", "small", "words", "names")}
    compare = compare_batches(lambda: [*ranges((0, 2, 0)), *others()], features, linear=True)

    @settings(max_examples=30, deadline=None)
    @given(batch=batches())
    def check(batch: dict[str, Any]) -> None:
        compare({name: np.array(values).reshape(-1, 1) for name, values in batch.items()})

    check()


def train(lowered: bool) -> dict[str, Any]:
    """All variables after steps of FTRL, slots included."""
    numbers = np.random.default_rng(0)
    with tf.Graph().as_default(), lowering(lowered), v1.Session() as session:
        fed = {name: v1.placeholder(tf.int64, [None, 1]) for name in "abc"}
        logits = linear_model(fed, ranges((0, 2, 0)), 1, "sum", "wide", "wide").logits
        optimizer = v1.train.FtrlOptimizer(0.3, l1_regularization_strength=0.01)
        train_op = optimizer.minimize(tf.reduce_mean(tf.square(logits - 1.0)))
        session.run(v1.global_variables_initializer())
        for _ in range(20):
            batch = {fed[name]: numbers.integers(-1, 6, [8, 1]) for name in "abc"}
            session.run(train_op, batch)
        return dict(session.run({v.op.name: v for v in v1.global_variables()}))


def test_training() -> None:
    own = train(lowered=False)
    lowered = train(lowered=True)
    assert lowered.keys() == own.keys()
    for name, expected in own.items():
        np.testing.assert_allclose(lowered[name], expected, rtol=2e-6, atol=2e-6, err_msg=name)
