from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from trainwright import estimator as tfe
from trainwright.estimator.engine.inlining import inlined
from trainwright.estimator.engine.input_clock import ARRIVED, ASKED, with_clocks
from trainwright.estimator.engine.step_graph import extract
from trainwright.events import RunObserver, observing

v1 = tf.compat.v1


class Heard(RunObserver):
    def __init__(self) -> None:
        self.waits: list[float] = []
        self.steps: list[int] = []

    def on_input_wait(self, seconds: float) -> None:
        self.waits.append(seconds)

    def on_steps(self, step: int, loss: float, examples: int | None) -> None:
        self.steps.append(step)


@pytest.fixture
def heard() -> Iterator[Heard]:
    heard = Heard()
    with observing(heard):
        yield heard


def line_model(features: Any, labels: Any, mode: str) -> Any:
    slope = v1.get_variable("slope", [1, 1], initializer=v1.zeros_initializer())
    loss = tf.reduce_mean((features @ slope - labels) ** 2)
    train_op = v1.train.GradientDescentOptimizer(0.1).minimize(loss, v1.train.get_global_step())
    return tfe.EstimatorSpec(mode, loss=loss, train_op=train_op)


def read() -> tf.data.Dataset:
    data = tf.data.Dataset.from_tensors(([[1.0], [2.0]], [[2.0], [4.0]])).repeat()
    # Work that takes longer than the step.
    return data.map(lambda x, y: (x + 0 * tf.reduce_sum(tf.linalg.inv(tf.eye(200))), y))


@pytest.mark.parametrize("compiled", [None, True])
def test_fused_steps_tell_how_long_they_wait(
    tmp_path: Path, heard: Heard, compiled: bool | None
) -> None:
    config = tfe.RunConfig(fused=True, jit_compile=compiled)
    estimator = tfe.Estimator(line_model, str(tmp_path), config)

    estimator.train(read, steps=30)

    assert heard.steps[-1] == 30
    assert heard.waits
    assert all(0 < seconds < 100 for seconds in heard.waits)
    assert estimator.get_variable_value("slope")[0, 0] == pytest.approx(2.0, abs=1e-3)


def test_no_clock_without_an_iterator() -> None:
    with tf.Graph().as_default() as graph:
        total = tf.constant(1.0) + tf.constant(2.0)
        assert with_clocks(extract(graph, graph.as_graph_def(), [total])) is None


@pytest.mark.parametrize("pool", [-1, 0], ids=["one thread", "a pool"])
def test_what_the_step_computes_is_no_waiting(pool: int) -> None:
    with tf.Graph().as_default() as graph, v1.Session() as session:
        data = tf.data.Dataset.from_tensors((tf.eye(400), tf.zeros([]))).repeat()
        iterator = v1.data.make_initializable_iterator(data)
        product, other = iterator.get_next()
        for _ in range(8):
            product = tf.linalg.inv(product)
        loss = tf.reduce_sum(product) + other
        step = with_clocks(extract(graph, graph.as_graph_def(), [loss]))
        assert step is not None
        function = v1.wrap_function(lambda: step.place([loss, ASKED, ARRIVED], "step"), [])
        fetches = inlined(function, [], "timed")
        session.run(iterator.initializer)
        options = v1.RunOptions(inter_op_thread_pool=pool)
        session.run(fetches, options=options)
        _, asked, arrived = session.run(fetches, options=options)
        assert 0 <= arrived - asked < (time.time() - asked) / 2
