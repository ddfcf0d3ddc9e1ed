from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from trainwright.estimator.engine.seen_outside import seen_outside

v1 = tf.compat.v1


def _definition_of(change: Callable[[Any], Any]) -> Any:
    with tf.Graph().as_default() as graph:
        v1.data.make_initializable_iterator(change(tf.data.Dataset.range(3))).get_next()
        return graph.as_graph_def()


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data,
        lambda data: data.cache().map(lambda x: x + 1),
        lambda data: data.flat_map(lambda x: tf.data.Dataset.range(x)),
    ],
)
def test_most_inputs_are_not_seen(change: Callable[[Any], Any]) -> None:
    assert seen_outside(_definition_of(change)) is None


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda data: data.map(lambda x: tf.numpy_function(abs, [x], tf.int64)), "PyFunc"),
        (lambda data: data.cache("name"), "cache"),
        (
            lambda data: data.flat_map(lambda x: tf.data.Dataset.range(x).cache("name")),
            "cache",
        ),
        (
            lambda _: tf.data.Dataset.from_generator(lambda: range(3), tf.int64),
            "Generator|PyFunc",
        ),
    ],
)
def test_python_and_files_are_seen(change: Callable[[Any], Any], word: str, tmp_path: Path) -> None:
    seen = seen_outside(_definition_of(change))
    assert seen is not None
    assert any(each in seen for each in word.split("|"))


def test_only_some_nodes_are_looked_at() -> None:
    with tf.Graph().as_default() as graph:
        tf.print("hello")
        tf.constant(1, name="one")
        definition = graph.as_graph_def()
    assert seen_outside(definition) is not None
    assert seen_outside(definition, ["one"]) is None
