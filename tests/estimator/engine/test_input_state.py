from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.estimator.engine.input_state import InputState

v1 = tf.compat.v1
Make = Callable[[], Any]


def shuffled() -> Any:
    return tf.data.Dataset.range(100).shuffle(30).repeat().batch(4).prefetch(3)


def interleaved() -> Any:
    def part(number: Any) -> Any:
        return tf.data.Dataset.range(number * 100, number * 100 + 100)

    return tf.data.Dataset.range(5).interleave(part, cycle_length=3).batch(2)


class Reading:
    """A session that reads one dataset or more."""

    def __init__(self, *make: Make):
        v1.set_random_seed(3)
        iterators = [v1.data.make_initializable_iterator(each()) for each in make]
        self.next = [tf.identity(iterator.get_next()) for iterator in iterators]
        self.state = InputState(self.next)
        self._begin = [iterator.initializer for iterator in iterators]
        self.session: Any = None

    def begin(self) -> None:
        self.session.run(self._begin)

    def batches(self, count: int) -> list[list[Any]]:
        return [self.session.run(self.next) for _ in range(count)]


@contextmanager
def reading(*make: Make) -> Iterator[Reading]:
    with tf.Graph().as_default() as graph:
        found = Reading(*make)
        with v1.Session(graph=graph) as session:
            found.session = session
            found.begin()
            yield found


@pytest.mark.parametrize(
    "make", [[shuffled], [interleaved], [shuffled, interleaved]], ids=["one", "nested", "two"]
)
def test_another_session_goes_on_at_the_same_place(make: list[Make]) -> None:
    with reading(*make) as first:
        first.batches(7)
        contents = first.state.read(first.session)
        wanted = first.batches(9)
    with reading(*make) as second:
        second.state.restore(second.session, contents)
        np.testing.assert_equal(second.batches(9), wanted)
        # Also after it has read something itself.
        second.state.restore(second.session, contents)
        np.testing.assert_equal(second.batches(9), wanted)


def test_reading_the_state_moves_nothing() -> None:
    with reading(shuffled) as first:
        wanted = first.batches(5)
    with reading(shuffled) as second:
        found = []
        for _ in range(5):
            second.state.read(second.session)
            found += second.batches(1)
    np.testing.assert_equal(found, wanted)


def test_batches_can_be_read_past() -> None:
    with reading(interleaved) as first:
        wanted = first.batches(12)[10:]
        first.begin()
        first.state.skip(first.session, 10)
        np.testing.assert_equal(first.batches(2), wanted)
        with pytest.raises(tf.errors.OutOfRangeError):
            first.state.skip(first.session, 1_000)


@pytest.mark.parametrize("kept", [0, 3, 7, 8, 50, -1])
def test_a_torn_state_is_refused(kept: int) -> None:
    with reading(shuffled) as first:
        contents = first.state.read(first.session)[:kept]
        with pytest.raises((ValueError, tf.errors.OpError)):
            first.state.restore(first.session, contents)


def test_a_state_of_something_else_is_refused() -> None:
    with reading(shuffled, interleaved) as two:
        of_two = two.state.read(two.session)
    with reading(shuffled) as one:
        of_one = one.state.read(one.session)
        with pytest.raises(ValueError, match="2 iterators"):
            one.state.restore(one.session, of_two)
        torn = of_one[:8] + b"\x00" * (len(of_one) - 8)
        with pytest.raises((ValueError, tf.errors.OpError)):
            one.state.restore(one.session, torn)
    with reading(interleaved) as other, pytest.raises((ValueError, tf.errors.OpError)):
        other.state.restore(other.session, of_one)


def test_a_dataset_without_a_state_says_so() -> None:
    def made() -> Any:
        def numbers() -> Iterator[int]:
            yield from range(10)

        return tf.data.Dataset.from_generator(numbers, tf.int64, [])

    with reading(made) as first:
        first.batches(1)
        with pytest.raises(tf.errors.OpError):
            first.state.read(first.session)


def test_fingerprints_tell_inputs_apart() -> None:
    def of(make: Make) -> str:
        with reading(make) as first:
            return first.state.fingerprint()

    assert of(shuffled) == of(shuffled)
    assert of(shuffled) != of(interleaved)
    sizes = [of(lambda size=size: tf.data.Dataset.range(size)) for size in (5, 6)]  # type: ignore[misc]
    assert sizes[0] != sizes[1]


def test_a_step_may_read_nothing() -> None:
    with tf.Graph().as_default() as graph:
        state = InputState([tf.constant(1)])
        assert not state.known
        with v1.Session(graph=graph) as session:
            assert state.read(session) == b""
            state.restore(session, b"")
