from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.estimator.heads.requirements import check_logits, require_same_leading_shape

v1 = tf.compat.v1


@pytest.mark.parametrize(
    ("logits", "message"),
    [
        (None, "logits must be a Tensor"),
        ([1.0, 2.0], r"logits must have two dimensions or more\. Got the shape \(2,\)"),
        ([[1.0, 2.0]], r"The last dimension of logits must be 1 for this head\. Got the shape"),
    ],
)
def test_logits_of_another_shape_are_rejected(logits: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_logits(logits, 1)


def test_integer_logits_become_floats() -> None:
    assert check_logits([[1], [2]], 1).dtype == tf.float32


def test_a_dimension_that_is_not_known_is_checked_when_run() -> None:
    with tf.Graph().as_default(), v1.Session() as session:
        fed = v1.placeholder(tf.float32, [None, None])
        logits = check_logits(fed, 2)
        assert session.run(logits, {fed: [[1.0, 2.0]]}).shape == (1, 2)
        with pytest.raises(tf.errors.InvalidArgumentError, match="last dimension of logits"):
            session.run(logits, {fed: [[1.0]]})


@pytest.mark.parametrize("size", [1, 3])
def test_leading_dimensions_are_checked_when_run(size: int) -> None:
    with tf.Graph().as_default(), v1.Session() as session:
        tensor = v1.placeholder(tf.float32, [None, size])
        like = v1.placeholder(tf.float32, [None, 1])
        checked = require_same_leading_shape(tensor, like, "labels")
        two, one = np.zeros([2, size]), np.zeros([1, 1])
        assert session.run(checked, {tensor: two, like: np.zeros([2, 1])}).shape == (2, size)
        message = rf"labels must have the leading dimensions of the logits.*\[2 {size}\]"
        with pytest.raises(tf.errors.InvalidArgumentError, match=f"(?s){message}"):
            session.run(checked, {tensor: two, like: one})
