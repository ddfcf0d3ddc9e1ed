from __future__ import annotations

import tensorflow as tf

from trainwright.estimator.optimizers.sparse import decay_and_add, sum_duplicates


def test_duplicates_are_summed_in_order_of_first_occurrence() -> None:
    slices = tf.IndexedSlices(tf.constant([[1.0], [2.0], [4.0]]), tf.constant([3, 0, 3]))
    values, indices = sum_duplicates(slices)
    assert values.numpy().tolist() == [[5.0], [2.0]]
    assert indices.numpy().tolist() == [3, 0]


def test_decay_reaches_all_rows_and_addition_some() -> None:
    slot = tf.Variable([[1.0], [2.0], [4.0]])
    after = decay_and_add(slot, tf.constant(0.5), tf.constant([2]), tf.constant([[1.0]]))
    assert after.numpy().tolist() == slot.numpy().tolist() == [[0.5], [1.0], [3.0]]
