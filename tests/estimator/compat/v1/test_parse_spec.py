from __future__ import annotations

from typing import Any

import pytest
import tensorflow as tf

from trainwright.estimator.compat.v1 import (
    classifier_parse_example_spec,
    regressor_parse_example_spec,
)

v1 = tf.compat.v1
fc = tf.feature_column
X = fc.numeric_column("x")


def older() -> list[Any]:
    columns = [fc.categorical_column_with_identity(name, 5) for name in ("hour", "minute")]
    with tf.Graph().as_default():
        shared: list[Any] = v1.feature_column.shared_embedding_columns(columns, 2)
    return shared


def test_older_columns_are_parsed() -> None:
    spec = classifier_parse_example_spec([*older(), X], "y", weight_column="w")
    assert spec == {
        "hour": tf.io.VarLenFeature(tf.int64),
        "minute": tf.io.VarLenFeature(tf.int64),
        "x": tf.io.FixedLenFeature((1,), tf.float32),
        "y": tf.io.FixedLenFeature((1,), tf.int64),
        "w": tf.io.FixedLenFeature((1,), tf.float32),
    }


def test_regressors_have_labels_of_several_numbers() -> None:
    spec = regressor_parse_example_spec([X], "y", label_default=[0.0, 1.0], label_dimension=2)
    assert spec["y"] == tf.io.FixedLenFeature((2,), tf.float32, [0.0, 1.0])


@pytest.mark.parametrize(
    "parse_spec", [classifier_parse_example_spec, regressor_parse_example_spec]
)
def test_labels_and_weights_are_no_features(parse_spec: Any) -> None:
    with pytest.raises(ValueError, match="The label 'x' is one of the features"):
        parse_spec([X], "x")
    with pytest.raises(ValueError, match="The weight 'x' is one of the features"):
        parse_spec([X], "y", weight_column="x")
    with pytest.raises(ValueError, match="weight_column must be the name of a feature"):
        parse_spec([X], "y", weight_column=fc.bucketized_column(X, [1.0]))
