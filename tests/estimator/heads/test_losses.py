from __future__ import annotations

from typing import Any

import pytest
import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.heads.losses import (
    add_regularization,
    call_loss_fn,
    check_loss_fn,
    check_reduction,
    example_weights,
    reduce_losses,
)

fc = tf.feature_column
LOSSES = tf.constant([[1.0], [2.0], [4.0]])


@pytest.mark.parametrize(("reduction", "value"), [("sum", 5.0), ("sum_over_batch_size", 5.0 / 3)])
def test_reductions(reduction: str, value: float) -> None:
    weights = tf.constant([[1.0], [2.0], [0.0]])
    assert float(reduce_losses(LOSSES, weights, reduction)) == pytest.approx(value)


def test_the_loss_of_no_examples_is_zero() -> None:
    assert float(reduce_losses(tf.zeros([0, 1]), None, "sum_over_batch_size")) == 0.0


@pytest.mark.parametrize("reduction", ["none", "mean", None, "weighted_sum"])
def test_other_reductions_are_rejected(reduction: Any) -> None:
    with pytest.raises(
        InvalidArgumentError, match=f"loss_reduction must be one of.*Got {reduction!r}"
    ):
        check_reduction(reduction)


@pytest.mark.parametrize(
    ("loss_fn", "message"),
    [
        (3, "loss_fn must be callable"),
        (lambda x, y: x, r"loss_fn must take an argument labels\. It takes x, y\."),
        (lambda labels: labels, r"loss_fn must take an argument logits\. It takes labels\."),
        (
            lambda labels, logits, zz: labels,
            r"loss_fn has arguments that nobody fills: zz\. Accepted: labels,",
        ),
    ],
)
def test_loss_functions_of_other_arguments_are_rejected(loss_fn: Any, message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        check_loss_fn(loss_fn)


def test_a_loss_function_gets_what_it_names() -> None:
    def loss_fn(labels: Any, logits: Any, features: Any, loss_reduction: str) -> Any:
        assert loss_reduction == "sum"
        return labels * logits * features["x"]

    check_loss_fn(loss_fn)
    two = tf.constant([[2.0]])
    losses = call_loss_fn(loss_fn, two, two, {"x": two}, "sum")
    assert losses.numpy().tolist() == [[8.0]]


@pytest.mark.parametrize("shape", [[3], [3, 2], [2, 1]])
def test_a_loss_function_must_return_a_loss_for_each_example(shape: list[int]) -> None:
    with pytest.raises(ValueError, match="loss_fn must return a Tensor|of the loss but"):
        call_loss_fn(lambda labels, logits: tf.zeros(shape), LOSSES, LOSSES, None, "sum")


def test_weights_of_rank_one_get_a_dimension() -> None:
    weights = example_weights({"w": [1, 2, 3]}, "w", LOSSES)
    assert weights is not None
    assert weights.numpy().tolist() == [[1.0], [2.0], [3.0]]


def test_the_normalizer_of_a_weight_column_is_used() -> None:
    column = fc.numeric_column("w", normalizer_fn=lambda w: w * 2.0)
    weights = example_weights({"w": [1.0, 2.0, 3.0]}, column, LOSSES)
    assert weights is not None
    assert weights.numpy().tolist() == [[2.0], [4.0], [6.0]]


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([[1.0, 2.0]] * 3, "must be one weight for each example"),
        ([1.0], "All dimensions of the weights but the last"),
        (1.0, "first dimension of feature 'w' must be the batch"),
    ],
)
def test_weights_of_another_shape_are_rejected(weights: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        example_weights({"w": weights}, "w", LOSSES)


def test_weights_that_are_not_there_are_named() -> None:
    with pytest.raises(ValueError, match="needs the feature 'w', which the input does not have"):
        example_weights({"x": [1.0]}, "w", LOSSES)


@pytest.mark.parametrize("column", [3, fc.categorical_column_with_hash_bucket("w", 2)])
def test_a_weight_column_must_be_numeric(column: Any) -> None:
    with pytest.raises(
        TypeError, match=r"weight_column must be the name of a feature or a numeric_column\. Got"
    ):
        example_weights({"w": [1.0]}, column, LOSSES)


def test_regularization_is_added() -> None:
    loss, regularization = add_regularization(tf.constant(1.0), [tf.constant(2.0), 3.0])
    assert regularization is not None
    assert (float(loss), float(regularization)) == (6.0, 5.0)
    assert add_regularization(tf.constant(1.0), [])[1] is None
