from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.estimator.columns import FeatureCache

v1 = tf.compat.v1
X = tf.feature_column.numeric_column("x", normalizer_fn=lambda x: x * 2.0)


def test_a_feature_of_rank_one_gets_a_dimension() -> None:
    assert FeatureCache({"x": [1.0, 2.0]}).get("x", None).shape == [2, 1]


def test_what_columns_make_is_made_once() -> None:
    cache = FeatureCache({"x": [[1.0]]})
    made = cache.get(X, None)
    assert made.numpy().tolist() == [[2.0]]
    assert cache.get(X, None) is made


@pytest.mark.parametrize(
    "value",
    [
        tf.SparseTensor([[0, 0]], ["a"], [1, 1]),
        v1.SparseTensorValue(np.array([[0, 0]]), np.array(["a"]), np.array([1, 1])),
        tf.ragged.constant([["a"]]),
    ],
)
def test_sparse_and_ragged_features_are_sparse(value: Any) -> None:
    made = FeatureCache({"x": value}).get("x", None)
    assert isinstance(made, tf.SparseTensor)
    assert made.values.numpy().tolist() == [b"a"]


def test_a_rank_that_is_not_known_is_found_out_when_run() -> None:
    with tf.Graph().as_default(), v1.Session() as session:
        fed = v1.placeholder(tf.float32)
        made = FeatureCache({"x": fed}).get("x", None)
        assert session.run(made, {fed: [1.0, 2.0]}).shape == (2, 1)
        assert session.run(made, {fed: [[1.0, 2.0]]}).shape == (1, 2)


def test_a_feature_that_is_not_there_is_an_error_with_those_that_are() -> None:
    with pytest.raises(
        ValueError, match="needs the feature 'z', which the input does not have. It has: a, b"
    ):
        FeatureCache({"b": 1, "a": 2}).get("z", None)


def test_a_feature_without_a_batch_is_an_error() -> None:
    with pytest.raises(ValueError, match="first dimension of feature 'x' must be the batch"):
        FeatureCache({"x": 1.0}).get("x", None)


def test_flat_values_are_the_feature_itself_where_it_has_rank_one() -> None:
    with tf.Graph().as_default() as graph:
        one = tf.compat.v1.placeholder(tf.int64, [None])
        two = tf.compat.v1.placeholder(tf.int64, [None, 3])
        cache = FeatureCache({"one": one, "two": two, "none": tf.sparse.from_dense([[1]])})
        before = len(graph.get_operations())
        values, size = cache.flat("one") or (None, 0)
        assert (values is one, size) == (True, 1)
        assert len(graph.get_operations()) == before
        values, size = cache.flat("two") or (None, 0)
        assert size == 3
        assert values.shape.rank == 1
        assert cache.flat("none") is None


def test_flat_values_need_a_batch() -> None:
    with pytest.raises(ValueError, match="must be the batch"):
        FeatureCache({"x": tf.constant(1)}).flat("x")
