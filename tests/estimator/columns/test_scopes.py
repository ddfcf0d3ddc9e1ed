from __future__ import annotations

import tensorflow as tf

from trainwright.estimator.columns.scopes import joined, op_scope

v1 = tf.compat.v1


def test_empty_parts_leave_no_slash() -> None:
    assert joined("", "a", "", "b") == "a/b"
    assert joined("", "") == ""


def test_name_scopes_besides_the_variable_scope_do_not_matter() -> None:
    with tf.Graph().as_default(), v1.variable_scope("wide"), tf.name_scope("inner"):
        assert op_scope("linear_model") == "wide/linear_model/"
        with tf.name_scope(op_scope("")):
            assert tf.constant(0).op.name == "wide/Const"


def test_at_the_root_the_name_scope_is_left() -> None:
    with tf.Graph().as_default(), tf.name_scope("inner"), tf.name_scope(op_scope("")):
        assert tf.constant(0).op.name == "Const"
