"""Graphs with Keras objects, a small problem, and what TensorFlow 2.15 made of Keras models."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright import estimator as tfe
from trainwright.estimator.keras.graphs import keras_in_graph
from trainwright.estimator.keras.objects import KerasObjects

v1 = tf.compat.v1

_RANDOM = np.random.RandomState(0)
FEATURES = (_RANDOM.normal(size=[6, 4, 2]) * 3 + 1).astype(np.float32)
LABELS = (FEATURES.sum(-1, keepdims=True) * 2).astype(np.float32)


@pytest.fixture
def objects() -> Iterator[KerasObjects]:
    """A graph, by default, in which Keras objects work, with a seed."""
    with tf.Graph().as_default() as graph, keras_in_graph() as objects:
        graph.seed = 1
        yield objects


@pytest.fixture
def session(objects: KerasObjects) -> Callable[[], Any]:
    """Makes a session of that graph with all variables initialised."""

    def make() -> Any:
        session = v1.Session(graph=objects.graph)
        session.run([v1.global_variables_initializer(), v1.local_variables_initializer()])
        session.run(v1.tables_initializer())
        return session

    return make


@pytest.fixture
def features() -> np.ndarray:
    """Six batches of four examples with two numbers."""
    return FEATURES


@pytest.fixture
def labels() -> np.ndarray:
    """Twice the sum of each example's numbers, ``[6, 4, 1]``."""
    return LABELS


@pytest.fixture
def input_fn() -> Callable[[], Any]:
    """The six batches, once."""
    return lambda: tf.data.Dataset.from_tensor_slices((FEATURES, LABELS))


@pytest.fixture
def train(tmp_path: Path, input_fn: Callable[[], Any]) -> Callable[..., Any]:
    """Trains a model_fn on the six batches; a second call is another process's run."""

    def run(model_fn: Callable[..., Any], seed: int | None = None) -> Any:
        config = tfe.RunConfig(tf_random_seed=seed)
        number = len(list(tmp_path.iterdir()))
        estimator = tfe.Estimator(model_fn, str(tmp_path / str(number)), config)
        return estimator.train(input_fn)

    return run


class Recorder(tfe.SessionRunHook):
    """Remembers what tensors were in each step."""

    def __init__(self, **tensors: Any) -> None:
        self.tensors = tensors
        self.steps: list[dict[str, Any]] = []

    def before_run(self, run_context: Any) -> Any:
        return tfe.SessionRunArgs(self.tensors)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        self.steps.append(run_values.results)


@pytest.fixture
def recorder() -> type[Recorder]:
    """A hook that remembers tensors."""
    return Recorder


@pytest.fixture
def regression() -> Callable[..., Any]:
    """The EstimatorSpec of a model of squared error."""

    def spec(mode: str, outputs: Any, labels: Any, train_op: Any, **fields: Any) -> Any:
        if mode == tfe.ModeKeys.PREDICT:
            return tfe.EstimatorSpec(mode, predictions={"y": outputs})
        loss = tf.reduce_mean(tf.square(outputs - labels))
        op = train_op(loss) if mode == tfe.ModeKeys.TRAIN else None
        return tfe.EstimatorSpec(mode, loss=loss, train_op=op, **fields)

    return spec


@pytest.fixture
def sgd() -> Callable[..., Any]:
    """A step of gradient descent, as v1 optimizers make it."""

    def minimize(loss: Any, rate: float = 0.01) -> Any:
        return v1.train.GradientDescentOptimizer(rate).minimize(loss, v1.train.get_global_step())

    return minimize


@pytest.fixture(scope="session")
def generator() -> Any:
    """The module that wrote the expectations."""
    path = Path(__file__).parents[2] / "oracle" / "generate_keras.py"
    spec = importlib.util.spec_from_file_location("generate_keras", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def expected() -> dict[str, Any]:
    """What TensorFlow 2.15 computed."""
    return json.loads((Path(__file__).parent / "expected.json").read_text())
