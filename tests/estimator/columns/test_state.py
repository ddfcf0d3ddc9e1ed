from __future__ import annotations

import tensorflow as tf

from trainwright.estimator.columns.state import ColumnState

v1 = tf.compat.v1
X = tf.feature_column.numeric_column("x")


def test_variables_and_tables_are_kept_by_column_and_name() -> None:
    state = ColumnState("net")
    with tf.Graph().as_default():
        made = state.create_variable(X, "weights", shape=[2])
        assert state.get_variable(X, "weights") is made
        assert state.variables == [made]
        assert made.op.name == "net/x/weights"
    assert not state.has_resource(X, "table")
    state.add_resource(X, "table", "a table")
    assert state.has_resource(X, "table")
    assert state.get_resource(X, "table") == "a table"
