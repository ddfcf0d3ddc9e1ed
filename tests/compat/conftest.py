"""Graphs to build layers in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import tensorflow as tf


@pytest.fixture
def graph() -> Iterator[tf.Graph]:
    """An empty graph that is the default one."""
    with tf.Graph().as_default() as graph:
        yield graph


@pytest.fixture
def run(graph: tf.Graph) -> Any:
    """Runs fetches in a session of the graph, once all variables are initialised."""

    def fetch(fetches: Any, feed: Any = None, **options: Any) -> Any:
        with tf.compat.v1.Session(graph=graph) as session:
            session.run(tf.compat.v1.global_variables_initializer())
            return session.run(fetches, feed, **options)

    return fetch


def names(variables: list[Any]) -> list[str]:
    return [variable.op.name for variable in variables]


@pytest.fixture
def global_names(graph: tf.Graph) -> Any:
    """The names of all variables."""
    return lambda: names(tf.compat.v1.global_variables())
