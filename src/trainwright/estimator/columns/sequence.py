"""Sequence columns side by side: what a recurrent network takes as its input."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.columns.cache import FeatureCache
from trainwright.estimator.columns.kinds import check_columns
from trainwright.estimator.columns.state import ColumnState, scope_of


class SequenceInput(NamedTuple):
    """A batch of sequences: values ``[batch, steps, n]`` and lengths, int64 ``[batch]``."""

    values: tf.Tensor
    lengths: tf.Tensor


def sequence_input_layer(
    features: Mapping[str, Any], columns: Any, scope: str, op_scope: str
) -> SequenceInput:
    """The values of sequence columns, concatenated in the order of the columns' names.

    Args:
        features: sparse or ragged tensors by name; ``[batch, steps]`` or, with several values a
            step, ``[batch, steps, ...]``.
        columns: numeric sequence columns, and embedding or indicator columns of categorical
            sequence columns.
        scope: variables are called ``{scope}/{column}/embedding_weights``.
        op_scope: the name scope of the operations.

    Returns:
        Values, float32 ``[batch, steps, sum of the columns' numbers of values]``, zeros after the
        end of each sequence, and the lengths.

    Raises:
        InvalidArgumentError: no columns, or some that are not sequences.
        TypeError: a feature that is a dense tensor.
        ValueError: a feature that a column needs is not there, or an embedding or indicator
            column of ids that are not a sequence.
        tf.errors.InvalidArgumentError: the columns of one example differ in length, when the
            graph runs.
    """
    ordered = check_columns(columns)
    check_sequences(ordered)
    state, cache = ColumnState(scope), FeatureCache(features)
    for column in ordered:
        state.prepare(column)
    with tf.name_scope(f"{op_scope}/"):
        made = []
        for column in ordered:
            with tf.name_scope(scope_of(column)):
                made.append(_sequence_of(column, cache, state))
        values = tf.concat([sequence.values for sequence in made], axis=2, name="concat")
        return SequenceInput(values, _common_lengths(ordered, made))


def check_sequences(columns: Iterable[Any]) -> None:
    """Whether all columns yield a sequence of numbers.

    Raises:
        InvalidArgumentError: one does not.
    """
    for column in columns:
        if not hasattr(column, "get_sequence_dense_tensor"):
            raise InvalidArgumentError(
                "sequence_feature_columns must be numbers in sequence: a sequence_numeric_column, "
                "or an embedding_column or indicator_column of a "
                f"sequence_categorical_column_with_*. Got {column} instead."
            )


def _sequence_of(column: Any, cache: FeatureCache, state: ColumnState) -> SequenceInput:
    try:
        values, lengths = column.get_sequence_dense_tensor(cache, state)
    except TypeError as error:
        raise TypeError(
            f"The sequence column {column.name} takes a SparseTensor or a RaggedTensor: parse its "
            f"feature with VarLenFeature, or convert it with tf.sparse.from_dense. ({error})"
        ) from error
    shape = tf.shape(values)
    size = column.variable_shape.num_elements()
    return SequenceInput(tf.reshape(values, [shape[0], shape[1], size]), lengths)


def _common_lengths(columns: list[Any], made: list[SequenceInput]) -> tf.Tensor:
    """The lengths, after a check that all columns agree on them."""
    first = made[0].lengths
    checks = [
        tf.debugging.assert_equal(
            sequence.lengths,
            first,
            f"The sequences of {column.name} and {columns[0].name} must be of the same lengths.",
        )
        for column, sequence in zip(columns[1:], made[1:], strict=True)
    ]
    with tf.control_dependencies(checks):
        return tf.identity(first, name="sequence_length")
