"""Which columns there are, told by what they can do: their classes are not public."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from trainwright.errors import InvalidArgumentError


def is_column(column: Any) -> bool:
    """Whether this is a feature column of today's kind (``tf.feature_column``)."""
    return all(hasattr(column, name) for name in ("name", "transform_feature", "create_state"))


def is_dense(column: Any) -> bool:
    """Whether the column yields numbers: numeric, bucketized, embedding, indicator."""
    return hasattr(column, "get_dense_tensor")


def is_categorical(column: Any) -> bool:
    """Whether the column yields ids."""
    return hasattr(column, "get_sparse_tensors") and hasattr(column, "num_buckets")


def shares_embedding(column: Any) -> bool:
    """Whether the column is one of ``tf.feature_column.shared_embeddings``."""
    return hasattr(column, "shared_embedding_column_creator")


def is_older(column: Any) -> bool:
    """Whether this is a column of TensorFlow 1 (``tf.compat.v1.feature_column``)."""
    return hasattr(column, "_get_dense_tensor") and not is_column(column)


def kept(columns: Any) -> Any:
    """The columns as they are, or as a list where they could be gone through only once.

    Example:
        >>> kept(iter([1, 2]))
        [1, 2]
    """
    return list(columns) if isinstance(columns, Iterator) else columns


def check_columns(columns: Any) -> list[Any]:
    """The columns sorted by name, the order in which input layers concatenate them.

    Args:
        columns: feature columns.

    Raises:
        InvalidArgumentError: no columns, something else than columns, or two of one name.
    """
    listed = as_list(columns)
    if not listed:
        raise InvalidArgumentError("feature_columns must not be empty.")
    for column in listed:
        _check_column(column)
    named: dict[str, Any] = {}
    for column in listed:
        if column.name in named:
            raise InvalidArgumentError(
                f"Two of feature_columns have the name {column.name!r}: {named[column.name]} and "
                f"{column}. Leave out one, or give the feature to the model under two names."
            )
        named[column.name] = column
    return [named[name] for name in sorted(named)]


def as_list(columns: Any) -> list[Any]:
    """Columns as a list, also where only one is given.

    Raises:
        InvalidArgumentError: no list of columns.
    """
    if is_column(columns):  # a column is a named tuple, and so iterable
        return [columns]
    if not isinstance(columns, Iterable) or isinstance(columns, str | bytes | dict):
        raise InvalidArgumentError(
            f"feature_columns must be a list of feature columns. Got {columns!r} instead."
        )
    return list(columns)


def _check_column(column: Any) -> None:
    if is_column(column):
        return
    if is_older(column):
        raise InvalidArgumentError(
            f"{column!r} is a column of TensorFlow 1, which only the estimators of compat.v1 take. "
            "Use one of those, or tf.feature_column.shared_embeddings in its place."
        )
    raise InvalidArgumentError(
        f"feature_columns must be made by functions of tf.feature_column. Got {column!r} instead."
    )


def check_dense(columns: Iterable[Any]) -> None:
    """Whether all columns can be part of an input layer.

    Raises:
        InvalidArgumentError: one is categorical, or a sequence.
    """
    for column in columns:
        if not is_dense(column):
            raise InvalidArgumentError(
                f"An input layer takes columns that are numbers. Got {column} instead. Make an "
                "embedding_column or an indicator_column of a categorical one."
            )
