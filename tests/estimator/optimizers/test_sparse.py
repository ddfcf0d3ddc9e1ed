from __future__ import annotations

import tensorflow as tf

from trainwright.estimator.optimizers.sparse import (
    decay_and_add,
    densified,
    has_unique_indices,
    sum_duplicates,
)


def test_duplicates_are_summed_in_order_of_first_occurrence() -> None:
    slices = tf.IndexedSlices(tf.constant([[1.0], [2.0], [4.0]]), tf.constant([3, 0, 3]))
    values, indices = sum_duplicates(slices)
    assert values.numpy().tolist() == [[5.0], [2.0]]
    assert indices.numpy().tolist() == [3, 0]


def test_what_is_known_to_be_unique_is_left_as_it_is() -> None:
    with tf.Graph().as_default():
        ids = tf.compat.v1.placeholder(tf.int64, [None])
        unique, positions = tf.unique(ids)
        values = tf.zeros([2, 1])
        slices = tf.IndexedSlices(values, tf.reshape(unique, [-1]))
        assert has_unique_indices(slices)
        assert sum_duplicates(slices)[0] is values
        for others in (ids, positions, tf.concat([unique, unique], 0), tf.gather(unique, [0, 0])):
            assert not has_unique_indices(tf.IndexedSlices(values, others))


def test_gradients_of_embeddings_have_unique_indices_and_sums_of_two_have_not() -> None:
    with tf.Graph().as_default():
        weights = tf.compat.v1.get_variable("weights", [5, 2], use_resource=True)

        def looked_up(ids: list[int]) -> tf.Tensor:
            sparse = tf.sparse.from_dense(tf.constant([ids], tf.int64))
            return tf.nn.embedding_lookup_sparse(weights, sparse, None, combiner="sum")

        one, two = looked_up([1, 2, 1]), looked_up([1, 3])
        assert has_unique_indices(tf.gradients(one, weights)[0])
        assert not has_unique_indices(tf.gradients([one, two], weights)[0])


def test_densified_gradients_sum_duplicates() -> None:
    slices = tf.IndexedSlices(tf.constant([[1.0], [2.0], [4.0]]), tf.constant([3, 0, 3]))
    variable = tf.Variable(tf.zeros([4, 1]))
    assert densified(variable, slices).numpy().tolist() == [[2.0], [0.0], [0.0], [5.0]]


def test_decay_reaches_all_rows_and_addition_some() -> None:
    slot = tf.Variable([[1.0], [2.0], [4.0]])
    after = decay_and_add(slot, tf.constant(0.5), tf.constant([2]), tf.constant([[1.0]]))
    assert after.numpy().tolist() == slot.numpy().tolist() == [[0.5], [1.0], [3.0]]
