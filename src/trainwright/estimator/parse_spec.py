"""What to parse out of serialized Examples to train a canned estimator."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from trainwright.errors import InvalidArgumentError


def classifier_parse_example_spec(
    feature_columns: Any,
    label_key: str,
    label_dtype: tf.DType = tf.int64,
    label_default: Any = None,
    weight_column: Any = None,
) -> dict[str, Any]:
    """The parsing spec of a classifier's features, label and weights.

    Args:
        feature_columns: all columns of the model.
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
    spec = tf.feature_column.make_parse_example_spec(feature_columns)
    return with_label(spec, label_key, label, weight_column)


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
        feature_columns: all columns of the model.
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

    Example:
        >>> age = tf.feature_column.numeric_column("age")
        >>> regressor_parse_example_spec([age], "pay", label_dimension=2)["pay"].shape
        (2,)
    """
    label = tf.io.FixedLenFeature((label_dimension,), label_dtype, label_default)
    spec = tf.feature_column.make_parse_example_spec(feature_columns)
    return with_label(spec, label_key, label, weight_column)


def with_label(
    features: dict[str, Any], label_key: str, label: Any, weight_column: Any
) -> dict[str, Any]:
    """The parsing spec of features with those of the label and the weights.

    Args:
        features: the spec of the features.
        label_key: the name of the label.
        label: its ``FixedLenFeature``.
        weight_column: the name of the weight feature, or a numeric column.

    Raises:
        InvalidArgumentError: the label or the weight is also a feature, or the weight column is
            neither a name nor a numeric column.
    """
    spec = dict(features)
    if label_key in spec:
        raise InvalidArgumentError(
            f"The label {label_key!r} is one of the features, {sorted(spec)}: the model would be "
            "told what it is to predict."
        )
    spec[label_key] = label
    if weight_column is None:
        return spec
    if isinstance(weight_column, str):
        weight_column = tf.feature_column.numeric_column(weight_column)
    if not hasattr(weight_column, "normalizer_fn"):
        raise InvalidArgumentError(
            "weight_column must be the name of a feature or a numeric_column. "
            f"Got {weight_column!r} instead."
        )
    if weight_column.key in spec:
        raise InvalidArgumentError(
            f"The weight {weight_column.key!r} is one of the features or the label: {sorted(spec)}."
        )
    spec.update(weight_column.parse_example_spec)
    return spec
