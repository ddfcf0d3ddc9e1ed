from __future__ import annotations

from typing import Any

import pytest
import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.columns.kinds import (
    check_columns,
    check_dense,
    is_categorical,
    is_column,
    is_dense,
    shares_embedding,
)

fc = tf.feature_column
NUMBER = fc.numeric_column("n")
WORD = fc.categorical_column_with_hash_bucket("w", 3)
BAND = fc.bucketized_column(NUMBER, [1.0])


@pytest.mark.parametrize(
    ("column", "dense", "categorical"),
    [
        (NUMBER, True, False),
        (WORD, False, True),
        (BAND, True, True),
        (fc.embedding_column(WORD, 2), True, False),
        (fc.indicator_column(WORD), True, False),
        (fc.crossed_column(["a", "b"], 3), False, True),
        (fc.sequence_numeric_column("s"), False, False),
    ],
)
def test_kinds(column: Any, dense: bool, categorical: bool) -> None:
    assert is_column(column)
    assert (is_dense(column), is_categorical(column)) == (dense, categorical)
    assert not shares_embedding(column)


def test_columns_are_sorted_by_name() -> None:
    assert check_columns([WORD, BAND, NUMBER]) == [NUMBER, BAND, WORD]
    assert check_columns(NUMBER) == [NUMBER]
    assert check_columns(iter([NUMBER])) == [NUMBER]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ([], "must not be empty"),
        (None, "must be a list of feature columns"),
        ("n", "must be a list of feature columns"),
        ({"n": NUMBER}, "must be a list of feature columns"),
        (["n"], "must be made by functions of tf.feature_column"),
        ([NUMBER, fc.numeric_column("n", shape=2)], "Two of feature_columns have the name"),
    ],
)
def test_anything_else_is_rejected(columns: Any, message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        check_columns(columns)


def test_a_categorical_column_is_not_dense() -> None:
    with pytest.raises(InvalidArgumentError, match="takes columns that are numbers"):
        check_dense([NUMBER, WORD])
