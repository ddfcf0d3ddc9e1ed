"""Labels of examples that may have several classes: 1 where they have one, 0 elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from trainwright.estimator.heads.labels import check_given, check_range, dense_labels, ids_of
from trainwright.estimator.heads.requirements import require_same_leading_shape


def indicator_labels(
    labels: Any, logits: tf.Tensor, n_classes: int, vocabulary: Sequence[str] | None
) -> tf.Tensor:
    """Labels as zeros and ones.

    Args:
        labels: dense zeros and ones ``[D0, ..., DN, n_classes]``, or a SparseTensor
            ``[D0, ..., DN, any]`` of class ids or, with a vocabulary, of class names.
        logits: ``[D0, ..., DN, n_classes]``.
        n_classes: how many classes there are.
        vocabulary: all class names in the order of their ids, or None.

    Returns:
        ``[D0, ..., DN, n_classes]``, numbers.

    Raises:
        ValueError: labels of another shape or type.
        tf.errors.InvalidArgumentError: other values, when the graph runs.
    """
    check_given(labels)
    if isinstance(labels, tf.compat.v1.SparseTensorValue):
        labels = tf.SparseTensor.from_value(labels)
    if isinstance(labels, tf.SparseTensor):
        return _from_lists(labels, logits, n_classes, vocabulary)
    dense = dense_labels(labels, logits, n_classes)
    if dense.dtype == tf.string:
        raise ValueError(
            "Dense labels of a MultiLabelHead must be numbers, 1 for each class an example has "
            "and 0 elsewhere. Instead got string. Class names must be in a SparseTensor."
        )
    if dense.dtype == tf.bool:
        dense = tf.cast(dense, tf.int64)
    message = "labels must be an integer indicator Tensor with values in [0, 1]"
    return check_range(dense, 2, message)


def _from_lists(
    labels: tf.SparseTensor, logits: tf.Tensor, n_classes: int, vocabulary: Sequence[str] | None
) -> tf.Tensor:
    # Ids need no look-up, even where there is a vocabulary.
    names = vocabulary if labels.dtype == tf.string else None
    ids = ids_of(labels.values, names)
    if not ids.dtype.is_integer:
        raise ValueError(f"labels must be integers. Got {ids.dtype.name} instead.")
    message = f"labels must be an integer SparseTensor with values in [0, {n_classes})"
    ids = check_range(tf.cast(ids, tf.int64), n_classes, message)
    lists = tf.SparseTensor(labels.indices, ids, labels.dense_shape)
    dense = tf.cast(tf.sparse.to_indicator(lists, n_classes), tf.int64)
    dense.set_shape(labels.shape[:-1].concatenate([n_classes]))
    return require_same_leading_shape(dense, logits, "labels")
