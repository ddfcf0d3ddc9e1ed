"""Sequence columns: their values and lengths, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.columns.sequence import sequence_input_layer

fc = tf.feature_column
v1 = tf.compat.v1


def evaluate(columns: Any, features: Callable[[], dict[str, Any]]) -> Any:
    with tf.Graph().as_default(), v1.Session() as session:
        made = sequence_input_layer(features(), columns, "layer", "layer")
        session.run([v1.global_variables_initializer(), v1.tables_initializer()])
        return session.run(made)


def sequences() -> dict[str, Any]:
    return {
        "price": tf.ragged.constant([[1.0, 2.0, 3.0], [], [4.0]]),
        "word": tf.ragged.constant([["a", "b", "a"], [], ["b"]]),
        "pair": tf.ragged.constant([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0]]),
    }


def test_columns_lie_side_by_side_in_the_order_of_their_names() -> None:
    word = fc.sequence_categorical_column_with_vocabulary_list("word", ["a", "b"])
    columns = [fc.indicator_column(word), fc.sequence_numeric_column("price")]
    values, lengths = evaluate(columns, sequences)

    np.testing.assert_array_equal(lengths, [3, 0, 1])
    np.testing.assert_array_equal(
        values[:, :, 0], [[1.0, 2.0, 3.0], [0.0, 0.0, 0.0], [4.0, 0.0, 0.0]]
    )
    np.testing.assert_array_equal(values[0, :, 1:], [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])


def test_several_values_make_one_step() -> None:
    values, lengths = evaluate([fc.sequence_numeric_column("pair", shape=(2,))], sequences)
    np.testing.assert_array_equal(lengths, [2, 1])
    np.testing.assert_array_equal(values, [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [0.0, 0.0]]])


def test_columns_of_different_lengths_are_refused() -> None:
    def uneven() -> dict[str, Any]:
        return {
            "long": tf.sparse.from_dense([[1.0, 2.0], [3.0, 4.0]]),
            "short": tf.sparse.from_dense([[1.0, 2.0], [3.0, 0.0]]),
        }

    columns = [fc.sequence_numeric_column(name) for name in ("long", "short")]
    with pytest.raises(tf.errors.InvalidArgumentError, match="short and long must be of the same"):
        evaluate(columns, uneven)


def test_dense_columns_are_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"must be numbers in sequence.*key='price'"):
        evaluate([fc.numeric_column("price")], sequences)


def test_ids_without_an_embedding_are_refused() -> None:
    word = fc.sequence_categorical_column_with_vocabulary_list("word", ["a", "b"])
    with pytest.raises(InvalidArgumentError, match="embedding_column or indicator_column"):
        evaluate([word], sequences)


def test_an_embedding_of_ids_that_are_no_sequence_is_refused() -> None:
    word = fc.categorical_column_with_vocabulary_list("word", ["a", "b"])
    with pytest.raises(ValueError, match="must be of type SequenceCategoricalColumn"):
        evaluate([fc.embedding_column(word, 2)], sequences)


def test_a_dense_feature_is_refused() -> None:
    with pytest.raises(TypeError, match="price takes a SparseTensor or a RaggedTensor"):
        evaluate([fc.sequence_numeric_column("price")], lambda: {"price": tf.ones([2, 3])})


def test_no_columns_are_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="must not be empty"):
        evaluate([], sequences)
