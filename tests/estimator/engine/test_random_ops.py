from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.estimator.engine.random_ops import number_random_ops

v1 = tf.compat.v1
SHAPE = [40, 7]


def drawn(
    make: Callable[[], list[Any]],
    seed: int | None = 5,
    numbered: bool = True,
    start: int = 0,
    remaining: int = 0,
) -> list[list[np.ndarray]]:
    """What three steps draw."""
    with tf.Graph().as_default() as graph:
        v1.set_random_seed(seed)
        read = [tf.identity(each) for each in make()]
        number = number_random_ops(read, seed=7) if numbered else None
        step = number.moved_on(read) if number else tf.no_op()
        if number:
            number.begin()
            assert len(number.remaining) == remaining, number.remaining
        with v1.Session(graph=graph) as session:
            session.run(v1.global_variables_initializer())
            if number:
                number.variable.load(start, session)
                number.stand_ins.run_in(session)
            return [session.run([read, step])[0] for _ in range(3)]


def plain() -> list[Any]:
    return [
        v1.random_uniform(SHAPE),
        v1.random_normal(SHAPE),
        v1.truncated_normal(SHAPE),
        v1.random_uniform(SHAPE, 0, 10, dtype=tf.int32),
    ]


def other_kinds() -> list[Any]:
    bounds = {"minvals": [-1.0, -2.0], "maxvals": [1.0, 2.0]}
    return [
        v1.random_shuffle(tf.range(100)),
        v1.multinomial(tf.zeros([2, 10]), 20),
        v1.random_gamma([5], [[1.0, 2.0, 3.0]]),
        v1.random_poisson([1.0, 200.0], [6]),
        tf.raw_ops.ParameterizedTruncatedNormal(
            shape=[2, 50], means=[0.0, 1.0], stdevs=[1.0, 2.0], **bounds
        ),
    ]


def branches() -> list[Any]:
    chosen = v1.placeholder_with_default(True, [])
    return [tf.cond(chosen, lambda: v1.random_normal(SHAPE), lambda: tf.zeros(SHAPE))]


def loops() -> list[Any]:
    def body(index: Any, total: Any) -> tuple[Any, Any]:
        return index + 1, tf.concat([total, v1.random_uniform([1, 4])], 0)

    state = [tf.constant(0), tf.zeros([0, 4])]
    shapes = [tf.TensorShape([]), tf.TensorShape([None, 4])]
    loop = tf.while_loop(lambda index, _: index < 5, body, state, shapes)
    return [loop[1], tf.map_fn(lambda each: each * v1.random_gamma([], 2.0), tf.ones([6]))]


def functions() -> list[Any]:
    @tf.function
    def inner(shape: Any) -> Any:
        return v1.random_poisson([3.0] * 9, shape)

    @tf.function
    def outer(shape: Any) -> Any:
        def case(index: Any) -> Any:
            return tf.switch_case(index, [lambda: inner(shape), lambda: 2.0 * inner(shape)])

        return tf.concat([inner(shape), inner(shape), case(tf.constant(1))], 0)

    return [outer(tf.constant([2])), outer(tf.constant([2]))]


def old(make: Callable[[], list[Any]]) -> Callable[[], list[Any]]:
    """The same with control flow of the old kind, as v1 graphs have it by default."""

    def made() -> list[Any]:
        v1.disable_control_flow_v2()
        try:
            return make()
        finally:
            v1.enable_control_flow_v2()

    return made


MADE = [plain, other_kinds, branches, loops, functions, old(branches)]
NAMES = ["plain", "other kinds", "branches", "loops", "functions", "old branches"]


def test_numbers_are_those_of_the_ops_that_were_replaced() -> None:
    for before, after in zip(drawn(plain, numbered=False), drawn(plain), strict=True):
        for one, other in zip(before, after, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("make", MADE, ids=NAMES)
@pytest.mark.parametrize("seed", [5, None])
def test_a_step_can_be_gone_on_with(make: Callable[[], list[Any]], seed: int | None) -> None:
    first, second, third = drawn(make, seed)
    again = drawn(make, seed, start=2)[0]
    for one, other, later, same in zip(first, second, third, again, strict=True):
        np.testing.assert_array_equal(later, same)
        assert (one != other).any()
        assert (other != later).any()


def candidates() -> list[Any]:
    return [v1.random.log_uniform_candidate_sampler([[3]], 1, 50, True, 10**6).sampled_candidates]


@pytest.mark.parametrize("make", [candidates, old(loops)], ids=["candidates", "old loops"])
def test_what_cannot_be_replaced_is_told(make: Callable[[], list[Any]]) -> None:
    drawn(make, remaining=1 if make is candidates else 2)


def test_nothing_is_done_where_nothing_is_random() -> None:
    with tf.Graph().as_default():
        assert number_random_ops([tf.constant(1)], seed=7) is None
