"""Trainings that failed and go on end as those that did not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright import estimator as tf_estimator
from trainwright.events import RunObserver, observing

v1 = tf.compat.v1
FAILS_AT, SAVES, STEPS = 37, 10, 50


class FailsOnce(v1.train.SessionRunHook):
    def before_run(self, run_context: Any) -> Any:
        return v1.train.SessionRunArgs(v1.train.get_global_step())

    def after_run(self, run_context: Any, run_values: Any) -> None:
        if run_values.results >= FAILS_AT:
            raise RuntimeError("the power went off")

    def steps_unseen(self, global_step: int) -> int:
        return max(0, FAILS_AT - global_step - 1)


class Notes(RunObserver):
    def __init__(self) -> None:
        self.told: list[str] = []

    def on_note(self, message: str) -> None:
        self.told.append(message)


def input_fn() -> Any:
    values = np.random.RandomState(0).rand(64, 3).astype(np.float32)
    data = tf.data.Dataset.from_tensor_slices(({"x": values}, values.sum(1)))
    return data.shuffle(64, seed=3).repeat().batch(4)


def noise(shape: Any) -> Any:
    """Random numbers of each kind: of an op, a branch, a loop, a function, a distribution."""

    def body(index: Any, total: Any) -> tuple[Any, Any]:
        return index + 1, total + v1.random_normal(shape)

    @tf.function
    def poisson() -> Any:
        return v1.random_poisson(2.0, shape)

    large = v1.train.get_or_create_global_step() % 2 > 0
    branch = tf.cond(large, lambda: v1.random_uniform(shape), lambda: tf.zeros(shape))
    loop = tf.while_loop(lambda index, _: index < 3, body, [0, tf.zeros(shape)])[1]
    return branch + loop + poisson() + v1.random_gamma(shape, 2.0)


def model_fn(features: Any, labels: Any, mode: str) -> Any:
    layer = v1.get_variable("kernel", [3, 8], initializer=v1.glorot_uniform_initializer(seed=1))
    bias = v1.get_variable("bias", [8], initializer=v1.zeros_initializer())
    hidden = tf.nn.dropout(tf.matmul(features["x"], layer) + bias, 0.5)
    logits = tf.reduce_sum(hidden + 0.01 * noise([4, 8]), 1)
    loss = tf.reduce_mean((logits - labels) ** 2)
    v1.summary.histogram("hidden", hidden)
    step = v1.train.get_or_create_global_step()
    train_op = v1.train.AdamOptimizer(0.01).minimize(loss, step)
    return tf_estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)


def trained(model_dir: Path, fused: bool, fails: bool) -> dict[str, np.ndarray]:
    config = tf_estimator.RunConfig(
        model_dir=str(model_dir),
        tf_random_seed=5,
        save_checkpoints_steps=SAVES,
        save_summary_steps=7,
        fused=fused,
    )
    if fails:
        with pytest.raises(RuntimeError, match="the power went off"):
            tf_estimator.Estimator(model_fn, config=config).train(
                input_fn, hooks=[FailsOnce()], max_steps=STEPS
            )
    notes = Notes()
    estimator = tf_estimator.Estimator(model_fn, config=config)
    with observing(notes):
        estimator.train(input_fn, max_steps=STEPS)
    assert notes.told == []
    return {name: estimator.get_variable_value(name) for name in estimator.get_variable_names()}


@pytest.mark.slow
def test_variables_are_the_same_bit_for_bit_in_both_loops(tmp_path: Path) -> None:
    ends = {}
    for loop, fused in {"one by one": False, "fused": True}.items():
        undisturbed = trained(tmp_path / loop / "undisturbed", fused, fails=False)
        gone_on = trained(tmp_path / loop / "gone_on", fused, fails=True)
        assert undisturbed["global_step"] == STEPS
        for name, value in undisturbed.items():
            np.testing.assert_array_equal(gone_on[name], value, err_msg=name)
        ends[loop] = undisturbed
    # The same random numbers; sums may be rounded in another order.
    for name, value in ends["fused"].items():
        np.testing.assert_allclose(ends["one by one"][name], value, rtol=1e-4, err_msg=name)


@pytest.mark.slow
def test_variables_without_resources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "noise", tf.zeros)
    v1.disable_resource_variables()
    try:
        undisturbed = trained(tmp_path / "undisturbed", fused=False, fails=False)
        gone_on = trained(tmp_path / "gone_on", fused=False, fails=True)
    finally:
        v1.enable_resource_variables()
    for name, value in undisturbed.items():
        np.testing.assert_array_equal(gone_on[name], value, err_msg=name)
