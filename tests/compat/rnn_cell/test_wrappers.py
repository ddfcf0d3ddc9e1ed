from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.compat import rnn_cell
from trainwright.errors import InvalidArgumentError

v1 = tf.compat.v1


class Echo(rnn_cell.RNNCell):
    """Gives its inputs as outputs, and counts in its state."""

    @property
    def state_size(self) -> Any:
        return rnn_cell.LSTMStateTuple(3, 3)

    @property
    def output_size(self) -> int:
        return 100

    def call(self, inputs: Any, state: Any) -> Any:
        return inputs, rnn_cell.LSTMStateTuple(state.c + 1.0, state.h + 1.0)


def step(cell: Any, features: int = 100) -> Any:
    return cell(tf.ones([2, features]), cell.zero_state(2, tf.float32))


def test_dropped_inputs_and_outputs_are_scaled_up(run: Any) -> None:
    for share in ("input_keep_prob", "output_keep_prob"):
        outputs, _ = step(rnn_cell.DropoutWrapper(Echo(), seed=1, **{share: 0.5}))
        values = run(outputs)
        assert set(values.ravel()) == {0.0, 2.0}
        assert 0.3 < np.mean(values == 0) < 0.7


def test_the_memory_of_an_lstm_is_kept(run: Any) -> None:
    _, state = step(rnn_cell.DropoutWrapper(Echo(), state_keep_prob=0.0001))
    memory, hidden = run(state)
    np.testing.assert_array_equal(memory, np.ones([2, 3]))
    np.testing.assert_array_equal(hidden, np.zeros([2, 3]))
    keep_h = rnn_cell.LSTMStateTuple(c=True, h=False)
    cell = rnn_cell.DropoutWrapper(
        Echo(), state_keep_prob=0.0001, dropout_state_filter_visitor=lambda _: keep_h
    )
    memory, hidden = run(step(cell)[1])
    np.testing.assert_array_equal(memory, np.zeros([2, 3]))
    np.testing.assert_array_equal(hidden, np.ones([2, 3]))


def test_shares_may_be_tensors(run: Any) -> None:
    keep = v1.placeholder_with_default(1.0, [])
    outputs, _ = step(rnn_cell.DropoutWrapper(Echo(), output_keep_prob=keep))
    np.testing.assert_array_equal(run(outputs), np.ones([2, 100]))


def test_a_variational_mask_is_the_same_in_all_steps(run: Any) -> None:
    cell = rnn_cell.DropoutWrapper(
        Echo(), 0.5, 0.5, 0.5, variational_recurrent=True, input_size=100, dtype=tf.float32
    )
    state = cell.zero_state(2, tf.float32)
    first, state = cell(tf.ones([2, 100]), state)
    second, _ = cell(tf.ones([2, 100]), state)
    one, other = run([first, second])
    np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(one[0], one[1])
    assert set(one.ravel()) == {0.0, 4.0}


def test_wrong_arguments_are_errors(graph: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"input_keep_prob .* \[0, 1\]. Got 2.0"):
        rnn_cell.DropoutWrapper(Echo(), 2.0)
    with pytest.raises(InvalidArgumentError, match="needs dtype"):
        rnn_cell.DropoutWrapper(Echo(), variational_recurrent=True)
    with pytest.raises(InvalidArgumentError, match="needs input_size"):
        rnn_cell.DropoutWrapper(Echo(), 0.5, variational_recurrent=True, dtype=tf.float32)
    with pytest.raises(InvalidArgumentError, match="must be an RNNCell. Got 3"):
        rnn_cell.ResidualWrapper(3)


def test_a_residual_is_added_or_what_one_wants(run: Any) -> None:
    np.testing.assert_array_equal(run(step(rnn_cell.ResidualWrapper(Echo()))[0])[0, :2], [2, 2])
    cell = rnn_cell.ResidualWrapper(Echo(), lambda inputs, outputs: inputs - outputs)
    np.testing.assert_array_equal(run(step(cell)[0])[0, :2], [0, 0])


def test_a_device_is_entered(graph: Any) -> None:
    cell = rnn_cell.DeviceWrapper(rnn_cell.GRUCell(2), "/cpu:0")
    outputs, _ = step(cell, 3)
    assert outputs.device.endswith("CPU:0")
    assert cell.wrapped_cell.built
    assert len(cell.variables) == len(cell.trainable_variables) == 4
    assert (cell.state_size, cell.output_size) == (2, 2)
