"""Which cells a network has, and the scopes of their variables."""

from __future__ import annotations

from typing import Any

import pytest
import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.canned.rnn.cells import GRUCell, LSTMCell, SimpleRNNCell
from trainwright.estimator.canned.rnn.stacks import stack_maker

layers = tf.keras.layers


def test_units_and_a_type_make_one_cell_a_layer() -> None:
    stack = stack_maker([3, 2], "lstm", None)()
    assert stack.cells == (LSTMCell(3), LSTMCell(2))
    assert stack.scopes("rnn") == [
        "rnn/stacked_rnn_cells/lstm_cell",
        "rnn/stacked_rnn_cells/lstm_cell_1",
    ]


def test_a_single_layer_is_no_stack() -> None:
    stack = stack_maker([3], None, None)()
    assert stack.cells == (SimpleRNNCell(3),)
    assert stack.scopes("rnn") == ["rnn/simple_rnn_cell"]


def test_a_class_of_keras_makes_equal_cells_of_ours() -> None:
    stack = stack_maker([3, 2], layers.GRUCell, None)()
    assert [type(cell) for cell in stack.cells] == [GRUCell, GRUCell]
    assert stack.scopes("rnn")[1] == "rnn/stacked_rnn_cells/gru_cell_1"


@pytest.mark.parametrize("wrong", ["LSTM", 3])
def test_unknown_types_are_refused(wrong: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="one of 'simple_rnn', 'lstm', 'gru'"):
        stack_maker([3], wrong, None)


@pytest.mark.parametrize("units", [3, "3", [0], [2, "a"]])
def test_units_must_be_a_list_of_sizes(units: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="units"):
        stack_maker(units, None, None)


def test_neither_units_nor_a_function_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="Either units or rnn_cell_fn must be given"):
        stack_maker(None, "lstm", None)


@pytest.mark.parametrize(("units", "kind"), [([3], None), (None, "lstm")])
def test_a_function_beside_units_or_a_type_is_refused(units: Any, kind: Any) -> None:
    with pytest.raises(
        InvalidArgumentError, match="Give either rnn_cell_fn, or units and cell_type"
    ):
        stack_maker(units, kind, lambda: layers.LSTMCell(3))


def test_a_cell_in_place_of_a_function_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="must be a function that makes a cell"):
        stack_maker(None, None, layers.LSTMCell(3))
