from __future__ import annotations

from typing import Any

import pytest
import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.parse_spec import (
    classifier_parse_example_spec,
    regressor_parse_example_spec,
)

fc = tf.feature_column
X = [fc.numeric_column("x")]
WORD = fc.embedding_column(fc.categorical_column_with_hash_bucket("word", 3), 2)
FEATURE = tf.io.FixedLenFeature


def test_a_classifier() -> None:
    spec = classifier_parse_example_spec([*X, WORD], "label", weight_column="w")
    assert spec == {
        "x": FEATURE((1,), tf.float32),
        "word": tf.io.VarLenFeature(tf.string),
        "label": FEATURE((1,), tf.int64),
        "w": FEATURE((1,), tf.float32),
    }


def test_labels_of_another_type_and_with_a_default() -> None:
    spec = classifier_parse_example_spec(X, "label", label_dtype=tf.string, label_default="none")
    assert spec["label"] == FEATURE((1,), tf.string, "none")


def test_a_regressor() -> None:
    weight = fc.numeric_column("w", shape=2, dtype=tf.float64)
    spec = regressor_parse_example_spec(
        X, "label", label_default=[1.0, 2.0], label_dimension=2, weight_column=weight
    )
    assert spec["label"] == FEATURE((2,), tf.float32, [1.0, 2.0])
    assert spec["w"] == FEATURE((2,), tf.float64)


@pytest.mark.parametrize("spec_of", [classifier_parse_example_spec, regressor_parse_example_spec])
@pytest.mark.parametrize(
    ("label", "weight", "message"),
    [
        ("x", None, r"The label 'x' is one of the features, \['x'\]: the model would be told"),
        ("label", "x", "The weight 'x' is one of the features"),
        ("label", "label", "The weight 'label' is one of the features or the label"),
        ("label", 3, r"weight_column must be the name of a feature or a numeric_column\. Got"),
        ("label", WORD, r"weight_column must be the name of a feature or a numeric_column\. Got"),
    ],
)
def test_what_is_rejected(spec_of: Any, label: str, weight: Any, message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        spec_of(X, label, weight_column=weight)
