"""Labels as a head needs them: dense, of the right shape, as ids within range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.heads.requirements import require, require_same_leading_shape


def check_vocabulary(vocabulary: Any) -> tuple[str, ...] | None:
    """The label vocabulary as a tuple of strings.

    Args:
        vocabulary: None (or empty) for none, else all label values in the order of their ids.

    Raises:
        InvalidArgumentError: neither a list nor a tuple, or not of strings.
    """
    if vocabulary is not None and not isinstance(vocabulary, list | tuple):
        raise InvalidArgumentError(
            "label_vocabulary must be a list or tuple with the name of every class. "
            f"Got {vocabulary!r} instead."
        )
    for label in vocabulary or ():
        if not isinstance(label, str | bytes):
            raise InvalidArgumentError(
                f"The values of label_vocabulary must be strings. Got {label!r} instead. Leave out "
                "label_vocabulary where labels are class ids already."
            )
    return tuple(map(tf.compat.as_text, vocabulary)) if vocabulary else None


def dense_labels(labels: Any, logits: tf.Tensor, dimension: int) -> tf.Tensor:
    """Labels with one value per logit, or per example where the head has one label.

    Args:
        labels: ``[D0, ..., DN, dimension]``, or ``[D0, ..., DN]`` where the dimension is 1.
        logits: ``[D0, ..., DN, logits_dimension]``.
        dimension: how many values a label has.

    Returns:
        ``[D0, ..., DN, dimension]``, of the labels' dtype.

    Raises:
        ValueError: no labels, several by name, sparse ones, or ones of another shape.
    """
    labels = _as_tensor(labels, dimension)
    with tf.name_scope("labels"):
        if labels.shape.rank is None:
            shape = tf.concat([tf.shape(logits)[:-1], [dimension]], 0)
            labels = tf.reshape(labels, shape)
        elif dimension == 1 and labels.shape.rank + 1 == logits.shape.rank:
            labels = tf.expand_dims(labels, -1)
        if labels.shape.rank != logits.shape.rank and logits.shape.rank is not None:
            raise ValueError(
                f"labels must have the rank of the logits, {logits.shape.rank}, and the shape "
                f"[D0, D1, ... DN, {dimension}]. Got labels of shape {labels.shape} instead."
            )
        if labels.shape[-1] is not None and labels.shape[-1] != dimension:
            raise ValueError(
                f"The last dimension of labels must be {dimension}. Got {labels.shape[-1]} "
                "instead. A classifier of several classes takes one class id for each example, "
                "a MultiLabelHead one number for each class."
            )
        return require_same_leading_shape(labels, logits, "labels")


def check_given(labels: Any) -> None:
    """Whether there are labels, and only one.

    Raises:
        ValueError: None, or a dict of them.
    """
    if labels is None:
        raise ValueError(
            "labels must be a Tensor. Got None instead. Does the input_fn return a pair "
            "(features, labels)?"
        )
    if isinstance(labels, Mapping):
        raise ValueError(
            f"labels must be a Tensor. Got a dict with the keys {sorted(labels)} instead: only "
            "a MultiHead takes several labels."
        )


def _as_tensor(labels: Any, dimension: int) -> tf.Tensor:
    check_given(labels)
    if isinstance(labels, tf.SparseTensor | tf.compat.v1.SparseTensorValue):
        raise ValueError(
            f"labels must be a dense Tensor of shape [batch, {dimension}]. Got a SparseTensor "
            "instead. Parse the label as a FixedLenFeature, or apply tf.sparse.to_dense to it."
        )
    return tf.convert_to_tensor(labels)


def ids_of(labels: tf.Tensor, vocabulary: Sequence[str] | None) -> tf.Tensor:
    """Labels as numbers: looked up in the vocabulary, or as they are where there is none.

    Args:
        labels: strings with a vocabulary, numbers without.
        vocabulary: all label values in the order of their ids.

    Returns:
        int64 ids; without a vocabulary the labels themselves.

    Raises:
        ValueError: strings without a vocabulary, or numbers with one.
        tf.errors.InvalidArgumentError: a label is not in the vocabulary, when the graph runs.
    """
    if vocabulary is None:
        if labels.dtype == tf.string:
            raise ValueError(
                "labels must be integers where there is no label_vocabulary. Got strings "
                "instead. Name the classes with label_vocabulary."
            )
        return labels
    if labels.dtype != tf.string:
        raise ValueError(
            "labels must be strings where there is a label_vocabulary. Got "
            f"{labels.dtype.name} instead. Leave out label_vocabulary where they are class ids."
        )
    entries = tf.lookup.KeyValueTensorInitializer(
        tf.constant(list(vocabulary)),
        tf.range(len(vocabulary), dtype=tf.int64),
        value_dtype=tf.int64,
    )
    table = tf.lookup.StaticHashTable(entries, default_value=-1, name="class_id_lookup")
    ids = table.lookup(labels)
    message = f"labels must be in the label_vocabulary {list(vocabulary)}. Got"
    with tf.control_dependencies(require(tf.reduce_all(ids >= 0), message, labels)):
        return tf.identity(ids)


def check_range(labels: tf.Tensor, n_classes: int, message: str | None = None) -> tf.Tensor:
    """The labels, after a check that they are ids of classes.

    Args:
        labels: numbers.
        n_classes: they must be at least 0 and at most this less one.
        message: in place of the usual one.

    Raises:
        tf.errors.InvalidArgumentError: one is not, when the graph runs.
    """
    with tf.name_scope("check_label_range"):
        top, bottom = (_constant(limit, labels.dtype) for limit in (n_classes - 1, 0))
        checks = require(
            tf.reduce_all(labels <= top),
            message or f"labels must be at most {n_classes - 1}. Got",
            labels,
        )
        checks += require(
            tf.reduce_all(labels >= bottom), message or "labels must not be negative. Got", labels
        )
        with tf.control_dependencies(checks):
            return tf.identity(labels)


def _constant(value: int, dtype: tf.DType) -> tf.Tensor:
    """What casting the number gives, also where the dtype does not hold it, in one op."""
    return tf.constant(np.array(value).astype(dtype.as_numpy_dtype), dtype)
