"""What to parse out of serialized Examples to train a canned estimator."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from trainwright.estimator.parse_spec import with_label

v1 = tf.compat.v1


def classifier_parse_example_spec(
    feature_columns: Any,
    label_key: str,
    label_dtype: tf.DType = tf.int64,
    label_default: Any = None,
    weight_column: Any = None,
) -> dict[str, Any]:
    """The parsing spec of a classifier's features, label and weights.

    Args:
        feature_columns: all columns of the model, of ``tf.compat.v1.feature_column`` too.
        label_key: the name of the label, which must not be a feature too.
        label_dtype: the label's type: an integer for class ids, string with a vocabulary.
        label_default: the label of Examples without one; None: they are an error.
        weight_column: the name of the weight feature, or a numeric column.

    Returns:
        For ``tf.io.parse_example``: feature name to ``FixedLenFeature`` or ``VarLenFeature``; the
        label is ``FixedLenFeature([1])``.

    Raises:
        InvalidArgumentError: the label or the weight is also a feature, or the weight column is
            neither a name nor a numeric column.

    Example:
        >>> age = tf.feature_column.numeric_column("age")
        >>> sorted(classifier_parse_example_spec([age], "label", weight_column="weight"))
        ['age', 'label', 'weight']
    """
    label = tf.io.FixedLenFeature((1,), label_dtype, label_default)
    return with_label(_features(feature_columns), label_key, label, weight_column)


def regressor_parse_example_spec(
    feature_columns: Any,
    label_key: str,
    label_dtype: tf.DType = tf.float32,
    label_default: Any = None,
    label_dimension: int = 1,
    weight_column: Any = None,
) -> dict[str, Any]:
    """The parsing spec of a regressor's features, label and weights.

    Args:
        feature_columns: all columns of the model, of ``tf.compat.v1.feature_column`` too.
        label_key: the name of the label, which must not be a feature too.
        label_dtype: the label's type.
        label_default: the label of Examples without one; None: they are an error.
        label_dimension: how many numbers a label has.
        weight_column: the name of the weight feature, or a numeric column.

    Returns:
        As :func:`classifier_parse_example_spec`; the label is
        ``FixedLenFeature([label_dimension])``.

    Raises:
        InvalidArgumentError: as for :func:`classifier_parse_example_spec`.
    """
    label = tf.io.FixedLenFeature((label_dimension,), label_dtype, label_default)
    return with_label(_features(feature_columns), label_key, label, weight_column)


def _features(feature_columns: Any) -> dict[str, Any]:
    spec: dict[str, Any] = v1.feature_column.make_parse_example_spec(feature_columns)
    return spec
