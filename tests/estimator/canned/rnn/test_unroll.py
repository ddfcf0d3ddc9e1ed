"""Running over sequences: masks, ends, and sequences without steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from trainwright.estimator.canned.rnn.cells import CellRun
from trainwright.estimator.canned.rnn.unroll import unroll


def running_sum(values: Any, lengths: list[int]) -> Any:
    """Outputs and last outputs of a cell that adds up what it is given."""
    inputs = tf.transpose(tf.constant(values, tf.float32))[:, :, None]

    def add(given: Any, states: Any) -> Any:
        total = states[0] + given
        return total, (total,)

    run = CellRun(inputs, add, (tf.zeros([len(lengths), 1]),), 1)
    mask = tf.transpose(tf.sequence_mask(lengths, tf.shape(inputs)[0]))
    made = unroll(run, mask)
    with tf.compat.v1.Session() as session:
        everything, last = session.run(made)
    return everything[:, :, 0].T, last[:, 0]


def test_outputs_stay_after_the_end_of_a_sequence() -> None:
    with tf.Graph().as_default():
        everything, last = running_sum([[1, 2, 3], [4, 5, 6], [7, 8, 9]], [3, 1, 0])
    np.testing.assert_array_equal(everything, [[1, 3, 6], [4, 4, 4], [0, 0, 0]])
    np.testing.assert_array_equal(last, [6, 4, 0])


def test_a_batch_without_steps_has_zeros() -> None:
    with tf.Graph().as_default():
        everything, last = running_sum(np.zeros([2, 0]), [0, 0])
    assert everything.shape == (2, 0)
    np.testing.assert_array_equal(last, [0, 0])
