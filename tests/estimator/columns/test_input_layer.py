from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.estimator.columns import input_layer

v1 = tf.compat.v1
fc = tf.feature_column


def values_of(columns: Any, features: Any, scope: str = "net/input_layer") -> Any:
    """The layer's values with all variables ones, and the variables' names."""
    with tf.Graph().as_default(), v1.Session() as session:
        given = {name: tf.convert_to_tensor(value) for name, value in features.items()}
        made = input_layer(given, columns() if callable(columns) else columns, scope)
        session.run([v1.global_variables_initializer(), v1.tables_initializer()])
        session.run([v.assign(tf.ones_like(v)) for v in v1.global_variables()])
        return session.run(made), [variable.op.name for variable in v1.global_variables()]


def test_columns_are_concatenated_by_name() -> None:
    columns = [fc.numeric_column("b"), fc.numeric_column("a", shape=(2, 1))]
    values, variables = values_of(columns, {"a": [[[1.0], [2.0]]], "b": [3.0]})
    assert values.tolist() == [[1.0, 2.0, 3.0]]
    assert variables == []


def test_the_names_of_embeddings() -> None:
    columns = [fc.embedding_column(fc.categorical_column_with_identity("hour", 3), 2)]
    values, variables = values_of(columns, {"hour": [[0], [2]]})
    assert values.shape == (2, 2)
    assert variables == ["net/input_layer/hour_embedding/embedding_weights"]


@pytest.mark.parametrize(("combiner", "value"), [("sum", 3.0), ("mean", 1.0), ("sqrtn", 3**0.5)])
def test_combiners(combiner: str, value: float) -> None:
    ids = fc.categorical_column_with_identity("ids", 3)
    columns = [fc.embedding_column(ids, 1, combiner=combiner)]
    values, _ = values_of(columns, {"ids": [[0, 1, 2], [-1, -1, -1]]})
    np.testing.assert_allclose(values, [[value], [0.0]], rtol=1e-6)


def test_max_norm_bounds_each_row() -> None:
    column = fc.embedding_column(fc.categorical_column_with_identity("ids", 3), 4, max_norm=1.0)
    values, _ = values_of([column], {"ids": [[0]]})
    np.testing.assert_allclose(np.linalg.norm(values), 1.0, rtol=1e-6)


def test_shared_embeddings_share_one_variable_outside_of_the_layer() -> None:
    def columns() -> Any:
        a, b = (fc.categorical_column_with_identity(name, 3) for name in "ab")
        return fc.shared_embeddings([a, b], 2)

    values, variables = values_of(columns, {"a": [[0]], "b": [[2]]})
    assert values.tolist() == [[1.0] * 4]
    assert variables == ["a_b_shared_embedding"]


def test_a_sequence_needs_a_layer_of_its_own() -> None:
    words = fc.sequence_categorical_column_with_identity("ids", 3)
    with pytest.raises(ValueError, match="SequenceCategoricalColumn"):
        values_of([fc.embedding_column(words, 2)], {"ids": [[0]]})


def test_a_vocabulary_file_becomes_an_asset(tmp_path: Any) -> None:
    path = tmp_path / "words.txt"
    path.write_text("a\nb\n")
    words = fc.categorical_column_with_vocabulary_file("word", str(path))
    with tf.Graph().as_default() as graph:
        input_layer({"word": tf.constant([["a"]])}, [fc.indicator_column(words)], "net")
        assets = graph.get_collection(v1.GraphKeys.ASSET_FILEPATHS)
        with v1.Session() as session:
            assert [str(session.run(asset), "utf-8") for asset in assets] == [str(path)]


def test_numbers_in_shape_are_not_reshaped() -> None:
    with tf.Graph().as_default() as graph:
        x = v1.placeholder(tf.float32, [None, 2])
        input_layer({"x": x}, [fc.numeric_column("x", [2])], "net")
        assert all(op.type != "Reshape" for op in graph.get_operations())
