"""Small inputs for canned estimators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import tensorflow as tf

v1 = tf.compat.v1

Build = Callable[..., Any]


@pytest.fixture
def build() -> Build:
    """Builds an estimator's model in the current graph, on two examples of x, y and word."""

    def built(estimator: Any, mode: str = "train", labels: Any = (0, 1), **features: Any) -> Any:
        v1.train.get_or_create_global_step()
        given = {"x": [[1.0], [2.0]], "y": [[0.5], [-1.0]], "word": [["a"], ["b"]]} | features
        tensors = {name: tf.convert_to_tensor(value) for name, value in given.items()}
        return estimator.model_fn(tensors, tf.constant(labels), mode, estimator.config)

    return built


@pytest.fixture
def run() -> Callable[[Any], Any]:
    """Initializes all variables and tables of the current graph and runs ops one after another."""

    def ran(*fetches: Any) -> Any:
        with v1.Session() as session:
            session.run([v1.global_variables_initializer(), v1.tables_initializer()])
            return [session.run(fetch) for fetch in fetches]

    return ran
