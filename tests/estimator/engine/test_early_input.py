from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.estimator.engine.early_input import EarlyInput, reads_nothing_yet

v1 = tf.compat.v1


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as made:
        yield made


def input_of(dataset: Any) -> tuple[Any, Any]:
    """How to start it, and its next element."""
    iterator = v1.data.make_initializable_iterator(dataset)
    return iterator.initializer, iterator.get_next()


def test_an_iterator_starts_again_aside():
    initializer, element = input_of(tf.data.Dataset.range(5))
    early = EarlyInput([initializer])
    with v1.Session() as session:
        assert not early.done()
        session.run(initializer)
        for _ in range(2):
            assert [session.run(element) for _ in range(3)] == [0, 1, 2]
            early.begin(session)
            assert early.done()
            assert not early.done()


def test_errors_are_left_to_whoever_starts_it_next():
    size = v1.placeholder(tf.int64, [])
    initializer, element = input_of(tf.data.Dataset.range(3).batch(size))
    early = EarlyInput([initializer])
    with v1.Session() as session:
        early.begin(session)
        assert not early.done()
        session.run(initializer, {size: 2})
        assert list(session.run(element)) == [0, 1]


@pytest.mark.parametrize(
    "made",
    [
        lambda: tf.data.Dataset.range(9).shuffle(4, seed=1).repeat().batch(2).prefetch(1),
        lambda: tf.data.Dataset.range(9).cache().map(lambda x: x + 1, num_parallel_calls=2),
        lambda: tf.data.TFRecordDataset(["a", "b"]).interleave(tf.data.Dataset.from_tensors),
        lambda: tf.data.Dataset.from_tensors(["a"]).map(
            lambda x: tf.lookup.StaticHashTable(
                tf.lookup.KeyValueTensorInitializer(["a"], [1]), 0
            ).lookup(x)
        ),
    ],
)
def test_most_inputs_read_nothing_when_they_start(graph, made):
    assert reads_nothing_yet(graph, [input_of(made())[0]])


def of_a_variable() -> Any:
    batch = v1.get_variable("batch", [], tf.int64, use_resource=True)
    return tf.data.Dataset.range(9).batch(batch)


@pytest.mark.parametrize(
    "made",
    [
        of_a_variable,
        lambda: tf.data.Dataset.range(9).cache("file"),
        lambda: tf.data.Dataset.range(9).flat_map(lambda _: tf.data.Dataset.range(2).cache("file")),
        lambda: tf.data.Dataset.list_files("*"),
        lambda: tf.data.Dataset.from_generator(lambda: iter([1]), tf.int64),
        lambda: tf.data.Dataset.range(9).map(lambda x: tf.numpy_function(np.sign, [x], tf.int64)),
    ],
)
def test_some_look_at_what_may_change(graph, made):
    assert not reads_nothing_yet(graph, [input_of(made())[0]])
