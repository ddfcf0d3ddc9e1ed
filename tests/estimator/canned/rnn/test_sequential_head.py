"""A head for sequences: padding counts for nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.estimator.canned.rnn import SequentialHeadWrapper
from trainwright.estimator.heads import BinaryClassHead, MultiHead, RegressionHead

MASK = [[True, True], [True, False]]
LOGITS = [[[1.0], [2.0]], [[3.0], [50.0]]]


def features(**more: Any) -> dict[str, Any]:
    return {"sequence_mask": tf.constant(MASK), **more}


def test_the_loss_is_over_the_steps_within_sequences() -> None:
    head = SequentialHeadWrapper(RegressionHead())
    loss = head.loss(tf.constant([[0.0, 0.0], [0.0, 9.0]]), tf.constant(LOGITS), features())
    assert float(loss) == pytest.approx((1 + 4 + 9) / 3)


def test_weights_are_of_steps() -> None:
    head = SequentialHeadWrapper(RegressionHead(weight_column="w"), feature_columns="w")
    weights = tf.sparse.from_dense([[1.0, 2.0], [3.0, 0.0]])
    loss = head.loss(tf.zeros([2, 2]), tf.constant(LOGITS), features(w=weights))
    assert float(loss) == pytest.approx((1 + 2 * 4 + 3 * 9) / 3)


@pytest.mark.parametrize("kind", ["sparse", "ragged"])
def test_labels_may_be_sparse_or_ragged(kind: str) -> None:
    labels = tf.ragged.constant([[0.5, 0.5], [0.5]])
    head = SequentialHeadWrapper(RegressionHead())
    given = labels if kind == "ragged" else labels.to_sparse()
    loss = head.loss(given, tf.constant(LOGITS), features())
    assert float(loss) == pytest.approx((0.25 + 2.25 + 6.25) / 3)


def test_sparse_labels_must_fit_the_sequences() -> None:
    head = SequentialHeadWrapper(RegressionHead())
    labels = tf.sparse.from_dense([[1.0, 0.0], [1.0, 1.0]])
    with pytest.raises(tf.errors.InvalidArgumentError, match="a value for each step"):
        head.loss(labels, tf.constant(LOGITS), features())


def test_dense_labels_must_have_all_steps() -> None:
    head = SequentialHeadWrapper(RegressionHead())
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"\[batch, steps, ...\]"):
        head.loss(tf.zeros([2, 1]), tf.constant(LOGITS), features())


def test_metrics_are_over_the_steps_within_sequences() -> None:
    head = SequentialHeadWrapper(BinaryClassHead())
    updated = head.update_metrics(
        head.metrics(), features(), tf.constant(LOGITS), tf.constant([[1, 0], [1, 0]])
    )
    assert float(updated["accuracy"].result()) == pytest.approx(2 / 3)


def test_several_labels_are_flattened_each() -> None:
    head = SequentialHeadWrapper(MultiHead([RegressionHead(name="a"), RegressionHead(name="b")]))
    labels = {"a": tf.zeros([2, 2]), "b": tf.zeros([2, 2])}
    logits = tf.concat([tf.constant(LOGITS)] * 2, -1)
    assert float(head.loss(labels, logits, features())) == pytest.approx(2 * 14 / 3)


def test_properties_are_those_of_the_static_head() -> None:
    static = BinaryClassHead(name="own", loss_reduction="sum")
    head = SequentialHeadWrapper(static, "mask")
    assert head.static_head is static
    assert (head.name, head.input_sequence_mask_key) == ("own_sequential", "mask")
    assert (head.logits_dimension, head.loss_reduction) == (1, "sum")
    np.testing.assert_array_equal(
        head.predictions(tf.constant(LOGITS), ["logits"])["logits"], LOGITS
    )


def test_a_mask_that_is_not_there_is_an_error() -> None:
    head = SequentialHeadWrapper(RegressionHead(), "mask")
    with pytest.raises(ValueError, match="mask 'mask' is not in the features: sequence_mask"):
        head.loss(tf.zeros([2, 2]), tf.constant(LOGITS), features())


def test_weights_that_are_not_there_are_an_error() -> None:
    head = SequentialHeadWrapper(RegressionHead(weight_column="w"), feature_columns=["w"])
    with pytest.raises(ValueError, match="needs the feature 'w'"):
        head.loss(tf.zeros([2, 2]), tf.constant(LOGITS), features())


@pytest.mark.parametrize("options", [{"sequence_length_mask": None}, {"feature_columns": [3]}])
def test_names_must_be_strings(options: Any) -> None:
    with pytest.raises(TypeError, match="the name of a feature"):
        SequentialHeadWrapper(RegressionHead(), **options)


def test_no_labels_are_an_error() -> None:
    head = SequentialHeadWrapper(RegressionHead())
    with pytest.raises(ValueError, match="labels"):
        head.loss(None, tf.constant(LOGITS), features())
