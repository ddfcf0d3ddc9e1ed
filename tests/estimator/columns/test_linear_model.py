from __future__ import annotations

from typing import Any

import pytest
import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.columns import linear_model

v1 = tf.compat.v1
fc = tf.feature_column
IDS = fc.categorical_column_with_identity("ids", 3)
X = fc.numeric_column("x")


def model(columns: Any, combiner: str = "sum", units: int = 1, **features: Any) -> Any:
    """The model in the current graph."""
    given = {"ids": [[0, 1], [2, -1]], "x": [[1.0], [3.0]]} | features
    tensors = {name: tf.convert_to_tensor(value) for name, value in given.items()}
    return linear_model(tensors, columns, units, combiner, "linear/model", "linear/model/ops")


def test_all_weights_and_the_bias_are_zeros_at_first() -> None:
    with tf.Graph().as_default(), v1.Session() as session:
        output = model([IDS, X], units=2)
        session.run(v1.global_variables_initializer())
        assert not session.run(output.logits).any()
        assert [weight.op.name for weight in output.weights] == [
            "linear/model/ids/weights",
            "linear/model/x/weights",
        ]
        assert output.bias.op.name == "linear/model/bias_weights"
        assert [weight.shape.as_list() for weight in output.weights] == [[3, 2], [1, 2]]
        assert output.logits.op.name == "linear/model/ops/weighted_sum"


@pytest.mark.parametrize(
    ("combiner", "expected"), [("sum", 3.0), ("mean", 1.5), ("sqrtn", 3.0 / 2**0.5)]
)
def test_combiners(combiner: str, expected: float) -> None:
    with tf.Graph().as_default(), v1.Session() as session:
        output = model([IDS], combiner)
        session.run(v1.global_variables_initializer())
        session.run(output.weights[0].assign([[1.0], [2.0], [5.0]]))
        logits = session.run(output.logits)
    assert logits[:, 0].tolist() == pytest.approx([expected, 5.0])


def test_bucketized_columns_have_sparse_gradients() -> None:
    with tf.Graph().as_default():
        output = model([fc.bucketized_column(X, [2.0])])
        (gradient,) = tf.gradients(output.logits, output.weights)
        assert isinstance(gradient, tf.IndexedSlices)


def test_wrong_combiners_and_columns() -> None:
    with tf.Graph().as_default():
        with pytest.raises(InvalidArgumentError, match="sparse_combiner must be one of"):
            model([X], "max")
        with pytest.raises(InvalidArgumentError, match="takes numbers and categorical columns"):
            model([fc.sequence_numeric_column("x")])
