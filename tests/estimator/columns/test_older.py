from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.columns.older import mixed_input_layer, mixed_linear_model

v1 = tf.compat.v1
fc = tf.feature_column
HOUR, MINUTE = (fc.categorical_column_with_identity(name, 5) for name in ("hour", "minute"))
AGE = fc.numeric_column("age")
FEATURES = {"hour": [[1], [3]], "minute": [[3], [1]], "age": [[20.0], [40.0]]}


def older() -> list[Any]:
    columns: list[Any] = v1.feature_column.shared_embedding_columns([HOUR, MINUTE], 2)
    return columns


def values(tensor: tf.Tensor) -> Any:
    with v1.Session() as session:
        session.run(v1.global_variables_initializer())
        return session.run(tensor)


def names() -> list[str]:
    return [variable.op.name for variable in v1.global_variables()]


def test_older_columns_share_a_variable() -> None:
    with tf.Graph().as_default():
        features = {name: tf.constant(value) for name, value in FEATURES.items()}
        made = mixed_input_layer(features, [*older(), AGE], "inputs/input_layer")
        assert names() == ["inputs/input_layer/hour_minute_shared_embedding/embedding_weights"]
        rows = values(made)
    np.testing.assert_array_equal(rows[:, 0], [20.0, 40.0])
    np.testing.assert_array_equal(rows[0, 1:3], rows[1, 3:5])


def test_todays_columns_take_the_partitioner_too() -> None:
    with tf.Graph().as_default():
        features = {name: tf.constant(value) for name, value in FEATURES.items()}
        halves = v1.fixed_size_partitioner(2)
        columns = [fc.embedding_column(HOUR, 2)]
        made = mixed_input_layer(features, columns, "inputs/input_layer", halves)
        weights = "inputs/input_layer/hour_embedding/embedding_weights"
        assert names() == [f"{weights}/part_0", f"{weights}/part_1"]
        assert values(made).shape == (2, 2)


def test_a_linear_model_of_older_columns() -> None:
    with tf.Graph().as_default():
        features = {name: tf.constant(value) for name, value in FEATURES.items()}
        columns = [*older(), HOUR, AGE]
        output = mixed_linear_model(features, columns, 3, "sum", "linear_model", "linear_model")
        assert len(output.weights) == 5
        assert output.bias.shape == [3]
        assert values(output.logits).tolist() == [[0.0] * 3] * 2


@pytest.mark.parametrize("columns", ["age", {"age": AGE}, 3])
def test_what_is_no_list_of_columns_is_an_error(columns: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="feature_columns must be a list"):
        mixed_input_layer({}, columns, "inputs/input_layer")
