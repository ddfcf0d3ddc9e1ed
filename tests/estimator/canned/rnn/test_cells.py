"""Recurrent cells: what they refuse, and dropout; their numbers are compared with 2.15's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.canned.rnn.cells import GatedCell, GRUCell, LSTMCell, SimpleRNNCell

v1 = tf.compat.v1


@pytest.mark.parametrize("units", [0, -1, 2.5, True, "3", None])
def test_units_must_be_positive_ints(units: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"range \[1, inf\)"):
        SimpleRNNCell(units)


@pytest.mark.parametrize("option", ["dropout", "recurrent_dropout"])
def test_shares_of_dropout_must_be_shares(option: str) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"{option} of a recurrent cell .* Got 1.5"):
        LSTMCell(2, **{option: 1.5})


def test_the_bias_of_the_forget_gate_starts_at_one() -> None:
    with tf.Graph().as_default(), v1.Session() as session:
        LSTMCell(2).start(tf.ones([1, 1, 1]), "cell", training=False)
        session.run(v1.global_variables_initializer())
        bias = session.run(v1.trainable_variables()[2])
    np.testing.assert_array_equal(bias, [0, 0, 1, 1, 0, 0, 0, 0])


def test_variables_have_the_names_and_shapes_of_2_15() -> None:
    with tf.Graph().as_default():
        GRUCell(2).start(tf.ones([1, 1, 3]), "rnn/gru_cell", training=False)
        made = {variable.op.name: variable.shape.as_list() for variable in v1.global_variables()}
    assert made == {
        "rnn/gru_cell/kernel": [3, 6],
        "rnn/gru_cell/recurrent_kernel": [2, 6],
        "rnn/gru_cell/bias": [2, 6],
    }


@pytest.mark.parametrize("cell", [SimpleRNNCell, LSTMCell, GRUCell])
def test_dropout_drops_the_same_inputs_at_each_step_and_others_at_each_run(
    cell: type[GatedCell],
) -> None:
    with tf.Graph().as_default(), v1.Session() as session:
        run = cell(1, dropout=0.5, recurrent_dropout=0.5).start(
            tf.ones([2, 64, 1]), "cell", training=True
        )
        outputs, _ = run.step(run.inputs[0], run.states)
        session.run(v1.global_variables_initializer())
        runs = [session.run([run.inputs, outputs]) for _ in range(2)]
    for inputs, _ in runs:
        np.testing.assert_array_equal(inputs[0], inputs[1])
        assert len(np.unique(inputs[0, :, 0])) == 2
    assert not np.array_equal(runs[0][0], runs[1][0])


def test_nothing_is_dropped_outside_of_training() -> None:
    with tf.Graph().as_default(), v1.Session() as session:
        run = SimpleRNNCell(1, dropout=0.5).start(tf.ones([1, 64, 1]), "cell", training=False)
        session.run(v1.global_variables_initializer())
        assert len(np.unique(session.run(run.inputs))) == 1
