"""Cells of Keras 3, of tf_keras, and of users."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.canned.rnn.cells import LSTMCell
from trainwright.estimator.canned.rnn.keras_cells import UserCell, call_without_variables, cells_of
from trainwright.estimator.canned.rnn.stacks import stack_maker
from trainwright.estimator.canned.rnn.unroll import unroll

v1 = tf.compat.v1
layers = tf.keras.layers


class PlainCell:
    """Adds up; what a cell is at the least."""

    state_size = 2

    def call(self, inputs: Any, states: Any) -> Any:
        total = states[0] + inputs
        return total, [total]

    __call__ = call


class OlderState(NamedTuple):
    """A state of two parts."""

    total: Any
    count: Any


class OlderCell:
    """As cells of ``tf.compat.v1.nn.rnn_cell``: variables in scopes, structured states."""

    state_size = OlderState(1, 1)

    def zero_state(self, batch_size: Any, dtype: Any) -> OlderState:
        return OlderState(tf.zeros([batch_size, 1], dtype), tf.zeros([batch_size, 1], dtype))

    def build(self, shape: Any) -> None:
        raise AssertionError("only Keras layers are built by others")

    def call(self, inputs: Any, state: OlderState) -> Any:
        with v1.variable_scope("older_cell", reuse=v1.AUTO_REUSE):
            weight = v1.get_variable("w", [], initializer=tf.ones_initializer(), use_resource=True)
        total = state.total + weight * inputs
        return total / (state.count + 1.0), OlderState(total, state.count + 1.0)

    __call__ = call


class OwnCell(layers.Layer):  # type: ignore[misc]
    """A Keras layer with a weight."""

    def __init__(self, units: int, **options: Any):
        super().__init__(**options)
        self.units = self.state_size = units

    def build(self, shape: Any) -> None:
        self.w = self.add_weight(shape=(shape[-1], self.units), initializer="ones", name="w")
        self.built = True

    def call(self, inputs: Any, states: Any, training: bool = False) -> Any:
        total = states[0] + tf.matmul(inputs, self.w) * (2.0 if training else 1.0)
        return total, [total]


def test_cells_of_keras_leave_no_variables_for_random_numbers() -> None:
    with tf.Graph().as_default():
        call_without_variables(lambda: layers.LSTMCell(3, dropout=0.5))
        assert v1.global_variables() == []


def test_names_do_not_depend_on_what_was_built_before() -> None:
    def make() -> Any:
        return [layers.LSTMCell(2), layers.LSTMCell(2), layers.LSTMCell(2, name="lstm_cell_of_me")]

    for _ in range(2):
        assert stack_maker(None, None, make)().scopes("rnn") == [
            "rnn/stacked_rnn_cells/lstm_cell",
            "rnn/stacked_rnn_cells/lstm_cell_1",
            "rnn/stacked_rnn_cells/lstm_cell_of_me",
        ]


def test_names_that_users_give_stay_numbers_and_all() -> None:
    cells, scope = cells_of(layers.StackedRNNCells([layers.GRUCell(2, name="layer_7")], name="st"))
    assert (cells[0].name, scope) == ("layer_7", "st")


def test_options_of_a_keras_cell_are_taken_over() -> None:
    made = layers.LSTMCell(
        2,
        dropout=0.25,
        recurrent_dropout=0.5,
        kernel_constraint="non_neg",
        kernel_initializer="ones",
        unit_forget_bias=False,
    )
    (cell,), _ = cells_of(made)
    assert isinstance(cell, LSTMCell)
    assert (cell.dropout, cell.recurrent_dropout) == (0.25, 0.5)
    assert not cell.unit_forget_bias
    assert cell.weights.kernel_constraint is made.kernel_constraint
    with tf.Graph().as_default(), v1.Session() as session:
        cell.start(tf.ones([1, 1, 1]), "cell", training=False)
        session.run(v1.global_variables_initializer())
        kernel = session.run(v1.trainable_variables()[0])
    np.testing.assert_array_equal(kernel, np.ones([1, 8]))


def test_cells_of_tf_keras_are_known_too() -> None:
    tf_keras = pytest.importorskip("tf_keras")
    (cell,), _ = cells_of(tf_keras.layers.LSTMCell(2))
    assert isinstance(cell, LSTMCell)
    with tf.Graph().as_default():
        cell.start(tf.ones([1, 1, 1]), "cell", training=False)
        assert len(v1.trainable_variables()) == 3


def test_an_object_with_call_and_state_size_will_do() -> None:
    (cell,), _ = cells_of(PlainCell())
    with tf.Graph().as_default(), v1.Session() as session:
        run = cell.start(tf.ones([3, 1, 2]), "rnn/plain_cell", training=False)
        last = session.run(unroll(run, tf.ones([3, 1], tf.bool)).last)
    np.testing.assert_array_equal(last, [[3.0, 3.0]])


def test_cells_of_tensorflow_1_keep_their_scopes_and_states() -> None:
    (cell,), _ = cells_of(OlderCell())
    with tf.Graph().as_default(), v1.Session() as session:
        run = cell.start(tf.constant([[[1.0]], [[2.0]], [[6.0]]]), "rnn/x", training=False)
        last = unroll(run, tf.ones([3, 1], tf.bool)).last
        assert [variable.op.name for variable in v1.trainable_variables()] == ["older_cell/w"]
        session.run(v1.global_variables_initializer())
        assert session.run(last)[0, 0] == 3.0


@pytest.mark.parametrize(("training", "expected"), [(True, 12.0), (False, 6.0)])
def test_a_layer_that_a_user_wrote_is_built_under_its_scope(
    training: bool, expected: float
) -> None:
    OwnCell(1)  # counts the automatic name up
    (cell,), _ = cells_of(OwnCell(1))
    assert isinstance(cell, UserCell)
    with tf.Graph().as_default(), v1.Session() as session:
        run = cell.start(tf.ones([3, 1, 2]), "rnn/own_cell", training=training)
        last = unroll(run, tf.ones([3, 1], tf.bool)).last
        assert [variable.op.name for variable in v1.trainable_variables()] == ["rnn/own_cell/w"]
        assert tf.gradients(last, v1.trainable_variables())[0] is not None
        session.run(v1.global_variables_initializer())
        assert session.run(last)[0, 0] == expected


@pytest.mark.parametrize("wrong", [3, None, "lstm", layers.LSTM])
def test_something_else_than_a_cell_is_refused(wrong: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"call\(inputs, states\) and state_size"):
        cells_of(wrong)
