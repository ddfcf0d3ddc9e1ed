from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from trainwright.estimator.engine.random_ops import number_random_ops

v1 = tf.compat.v1
SHAPE = [40, 7]


def numbers(seed: int | None, numbered: bool, start: int = 0) -> list[list[np.ndarray]]:
    """What four ops draw in three steps."""
    with tf.Graph().as_default() as graph:
        v1.set_random_seed(seed)
        drawn = [
            v1.random_uniform(SHAPE),
            v1.random_normal(SHAPE),
            v1.truncated_normal(SHAPE),
            v1.random_uniform(SHAPE, 0, 10, dtype=tf.int32),
        ]
        read = [tf.identity(each) for each in drawn]
        number = number_random_ops(read, seed=7) if numbered else None
        step = number.moved_on(read) if number else tf.no_op()
        with v1.Session(graph=graph) as session:
            if number:
                assert number.remaining == ()
                number.variable.load(start, session)
            return [session.run([read, step])[0] for _ in range(3)]


def test_numbers_are_those_of_the_ops_that_were_replaced() -> None:
    for before, after in zip(numbers(5, False), numbers(5, True), strict=True):
        for one, other in zip(before, after, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("seed", [5, None])
def test_a_step_can_be_gone_on_with(seed: int | None) -> None:
    third, again = numbers(seed, True)[2], numbers(seed, True, start=2)[0]
    for one, other in zip(third, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_shuffles_and_categories_follow_from_the_step() -> None:
    with tf.Graph().as_default() as graph:
        read = [
            tf.identity(v1.random_shuffle(tf.range(100))),
            tf.identity(v1.multinomial(tf.zeros([2, 10]), 20)),
        ]
        number = number_random_ops(read, seed=7)
        assert number is not None
        assert number.remaining == ()
        with v1.Session(graph=graph) as session:
            found = []
            for start in (3, 4, 3):
                number.variable.load(start, session)
                found.append(session.run(read))
    for one, other, same in zip(*found, strict=True):
        np.testing.assert_array_equal(one, same)
        assert (one != other).any()


def test_what_cannot_be_replaced_is_named() -> None:
    with tf.Graph().as_default():
        drawn = v1.random_gamma([3], 1.0, name="gamma")
        number = number_random_ops([drawn], seed=7)
        assert number is not None
        assert any("gamma" in name for name in number.remaining)
        assert number_random_ops([tf.constant(1)], seed=7) is None
