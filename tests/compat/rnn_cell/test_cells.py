from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.compat import layers, rnn_cell
from trainwright.errors import InvalidArgumentError

v1 = tf.compat.v1


class Own(rnn_cell.RNNCell):
    """A cell as users write them."""

    @property
    def state_size(self) -> int:
        return 2

    @property
    def output_size(self) -> int:
        return 2

    def call(self, inputs: Any, state: Any) -> Any:
        weights = v1.get_variable("w", [3, 2], initializer=v1.ones_initializer())
        output = tf.matmul(inputs, weights) + layers.dense(state, 2, name="state")
        return output, output


@pytest.mark.filterwarnings("ignore")
def test_cells_of_ones_own_work(graph: Any, global_names: Any) -> None:
    outputs, _ = v1.nn.dynamic_rnn(Own(), tf.ones([1, 4, 3]), dtype=tf.float32)
    assert outputs.shape.as_list() == [1, 4, 2]
    v1.nn.static_rnn(Own(), [tf.ones([1, 3])] * 3, dtype=tf.float32, scope="static")
    variables = ["w", "state/kernel", "state/bias"]
    assert global_names() == [f"{scope}/own/{v}" for scope in ("rnn", "static") for v in variables]


def test_states_of_zeros(run: Any) -> None:
    cell = rnn_cell.MultiRNNCell([rnn_cell.GRUCell(2), rnn_cell.LSTMCell(3, num_proj=1)])
    state = cell.zero_state(tf.constant(4), tf.float32)
    assert [part.shape.as_list() for part in tf.nest.flatten(state)] == [[4, 2], [4, 3], [4, 1]]
    assert isinstance(state[1], rnn_cell.LSTMStateTuple)
    assert state[1].dtype == tf.float32
    joined = rnn_cell.MultiRNNCell([rnn_cell.GRUCell(2)] * 2, state_is_tuple=False)
    assert run(joined.zero_state(3, tf.float32)).shape == (3, 4)
    inputs = tf.ones([5, 3], tf.float64)
    assert rnn_cell.GRUCell(2).get_initial_state(inputs).dtype == tf.float64


def test_an_initial_state_needs_a_batch(graph: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="needs inputs, or batch_size and dtype"):
        rnn_cell.GRUCell(2).get_initial_state(batch_size=2)


def test_parts_of_different_types_have_none(graph: Any) -> None:
    with pytest.raises(TypeError, match="differ"):
        _ = rnn_cell.LSTMStateTuple(tf.ones([1]), tf.ones([1], tf.float64)).dtype


def test_one_tensor_may_hold_all_states(run: Any) -> None:
    cell = rnn_cell.MultiRNNCell(
        [rnn_cell.GRUCell(2), rnn_cell.BasicRNNCell(3)], state_is_tuple=False
    )
    output, state = cell(tf.ones([4, 1]), cell.zero_state(4, tf.float32))
    assert [value.shape for value in run([output, state])] == [(4, 3), (4, 5)]
    assert cell.output_size == 3
    assert len(cell.trainable_variables) == len(cell.variables) == 6


def test_wrong_arguments_are_errors(graph: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="at least one"):
        rnn_cell.MultiRNNCell([])
    with pytest.raises(InvalidArgumentError, match="partitioner"):
        rnn_cell.LSTMCell(2, num_proj_shards=2)
    with pytest.raises(NotImplementedError, match="state_size"):
        _ = rnn_cell.RNNCell().state_size
    with pytest.raises(NotImplementedError, match="output_size"):
        _ = rnn_cell.RNNCell().output_size


def test_training_a_cell_lowers_the_loss(graph: Any) -> None:
    steps = np.random.RandomState(0).normal(size=[8, 5, 2]).astype(np.float32)
    outputs, _ = v1.nn.dynamic_rnn(rnn_cell.BasicLSTMCell(4), tf.constant(steps), dtype=tf.float32)
    predictions = layers.dense(outputs[:, -1], 1)
    loss = tf.reduce_mean(tf.square(predictions - steps.sum((1, 2))[:, None]))
    train_op = v1.train.AdamOptimizer(0.05).minimize(loss)
    with v1.Session() as session:
        session.run(v1.global_variables_initializer())
        before = session.run(loss)
        for _ in range(60):
            session.run(train_op)
        assert session.run(loss) < 0.2 * before
