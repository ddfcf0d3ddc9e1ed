from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import tensorflow as tf

from trainwright import estimator as tfe
from trainwright.estimator.engine import input_samples
from trainwright.estimator.engine.input_samples import share_of_reads
from trainwright.events import RunObserver, observing

v1 = tf.compat.v1


def node(name: str, start: int, length: int) -> Any:
    return SimpleNamespace(node_name=name, all_start_micros=start, all_end_rel_micros=length)


def test_the_share_is_of_the_whole_step() -> None:
    nodes = [node("IteratorGetNext", 100, 50), node("MatMul", 150, 100), node("Assign", 240, 60)]

    assert share_of_reads(nodes, frozenset({"IteratorGetNext"})) == 0.25
    assert share_of_reads(nodes[1:], frozenset({"IteratorGetNext"})) is None


def test_steps_one_by_one_tell_how_long_they_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(input_samples, "_SECONDS_BETWEEN", 0.0)
    waits: list[float] = []

    class Heard(RunObserver):
        def on_input_wait(self, seconds: float) -> None:
            waits.append(seconds)

    def model(features: Any, labels: Any, mode: str) -> Any:
        slope = v1.get_variable("slope", [], initializer=v1.zeros_initializer())
        loss = tf.reduce_mean((features * slope - labels) ** 2)
        step = v1.train.get_global_step()
        train_op = v1.train.GradientDescentOptimizer(0.1).minimize(loss, step)
        return tfe.EstimatorSpec(mode, loss=loss, train_op=train_op)

    def read() -> tf.data.Dataset:
        return tf.data.Dataset.from_tensors(([1.0, 2.0], [2.0, 4.0])).repeat()

    estimator = tfe.Estimator(model, str(tmp_path), tfe.RunConfig(fused=False))
    with observing(Heard()):
        estimator.train(read, steps=5)

    assert len(waits) == 5
    assert all(0 < seconds < 100 for seconds in waits)
