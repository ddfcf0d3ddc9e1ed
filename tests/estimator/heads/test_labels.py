from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.heads.labels import (
    check_range,
    check_vocabulary,
    dense_labels,
    ids_of,
)

v1 = tf.compat.v1
LOGITS = tf.zeros([4, 1])


def test_labels_of_rank_one_get_a_dimension() -> None:
    assert dense_labels([0, 1, 1, 0], LOGITS, 1).shape == [4, 1]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (None, r"labels must be a Tensor\. Got None"),
        ({"b": [1], "a": [2]}, r"Got a dict with the keys \['a', 'b'\]"),
        (np.zeros([4, 2]), r"The last dimension of labels must be 1\. Got 2"),
        (np.zeros([3, 1]), "All dimensions of the labels but the last must be those of the"),
        (np.zeros([4, 1, 1]), "labels must have the rank of the logits"),
        (
            tf.SparseTensor([[0, 0]], [1], [4, 1]),
            r"labels must be a dense Tensor of shape \[batch, 1\]\. Got a SparseTensor",
        ),
    ],
)
def test_labels_of_another_shape_are_rejected(labels: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dense_labels(labels, LOGITS, 1)


def test_shapes_that_are_not_known_are_checked_when_run() -> None:
    with tf.Graph().as_default(), v1.Session() as session:
        fed = v1.placeholder(tf.int64, [None, 1])
        labels = dense_labels(fed, v1.placeholder_with_default(np.zeros([4, 1]), [None, 1]), 1)
        assert session.run(labels, {fed: [[1]] * 4}).tolist() == [[1]] * 4
        with pytest.raises(tf.errors.InvalidArgumentError, match="leading dimensions"):
            session.run(labels, {fed: [[1]]})


def test_a_rank_that_is_not_known_is_that_of_the_logits() -> None:
    with tf.Graph().as_default(), v1.Session() as session:
        labels = dense_labels(v1.placeholder_with_default([1, 0, 1, 1], None), tf.zeros([4, 1]), 1)
        assert session.run(labels).shape == (4, 1)


def test_names_are_looked_up() -> None:
    assert ids_of(tf.constant([["b"], ["a"]]), ["a", "b"]).numpy().tolist() == [[1], [0]]


def test_names_that_are_not_in_the_vocabulary_are_shown() -> None:
    with pytest.raises(ValueError, match=r"labels must be in the label_vocabulary \['a', 'b'\]"):
        ids_of(tf.constant([["b"], ["zoo"]]), ["a", "b"])


def test_ids_stay_as_they_are_without_a_vocabulary() -> None:
    labels = tf.constant([[2]])
    assert ids_of(labels, None) is labels


@pytest.mark.parametrize(
    ("labels", "vocabulary", "message"),
    [
        (["a"], None, r"labels must be integers where there is no label_vocabulary\. Got"),
        ([1], ["a"], r"labels must be strings where there is a label_vocabulary\. Got int32"),
    ],
)
def test_labels_and_vocabulary_must_fit(labels: Any, vocabulary: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ids_of(tf.constant(labels), vocabulary)


@pytest.mark.parametrize(
    ("label", "message"), [(2, "labels must be at most 1"), (-1, "labels must not be negative")]
)
def test_ids_must_be_within_range(label: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_range(tf.constant([label]), 2)
    with tf.Graph().as_default(), v1.Session() as session:
        checked = check_range(tf.constant([label]), 2)
        with pytest.raises(tf.errors.InvalidArgumentError, match=message):
            session.run(checked)


def test_an_empty_vocabulary_is_none() -> None:
    assert check_vocabulary(()) is None
    assert check_vocabulary(["a"]) == ("a",)
    with pytest.raises(InvalidArgumentError, match="label_vocabulary must be a list or tuple"):
        check_vocabulary("ab")


def test_a_vocabulary_is_of_strings() -> None:
    assert check_vocabulary((b"a", "b")) == ("a", "b")
    with pytest.raises(InvalidArgumentError, match="must be strings. Got 1"):
        check_vocabulary(["a", 1])


def test_a_range_that_the_dtype_does_not_hold_is_cast_to_it() -> None:
    with pytest.raises(ValueError, match="labels must be at most 199"):
        check_range(tf.constant([1], tf.int8), 200)
