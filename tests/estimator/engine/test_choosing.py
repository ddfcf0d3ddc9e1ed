from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright import estimator as tfe
from trainwright.errors import CheckpointError
from trainwright.estimator.engine import choosing, fused_loop, pace, session_loop
from trainwright.estimator.engine.in_graph_loop import InGraphLoop
from trainwright.estimator.engine.step_trial import Limits
from trainwright.events import RunObserver, observing

v1 = tf.compat.v1
DRAW = np.random.RandomState(0)
FEATURES = DRAW.rand(150, 3).astype(np.float32)
LABELS = DRAW.rand(150, 1).astype(np.float32)
CHOSEN_AT = 6


def input_fn() -> Any:
    """Nine batches of 16, then one of 6, and so on."""
    return tf.data.Dataset.from_tensor_slices((FEATURES, LABELS)).batch(16).repeat()


def model_fn(features: Any, labels: Any, mode: str) -> Any:
    """Products of matrices, from the same weights each time."""
    hidden = tf.nn.relu(features @ variable("hidden", [3, 8]))
    loss = tf.reduce_mean((hidden @ variable("output", [8, 1]) - labels) ** 2)
    train_op = v1.train.AdamOptimizer(0.1).minimize(loss, v1.train.get_global_step())
    return tfe.EstimatorSpec(mode, loss=loss, train_op=train_op)


def variable(name: str, shape: list[int]) -> Any:
    values = np.linspace(-0.5, 0.7, int(np.prod(shape))).reshape(shape)
    return v1.get_variable(name, initializer=tf.constant(values, tf.float32))


class Clock:
    """Goes on by a fixed time for each step, and knows what was run."""

    def __init__(self) -> None:
        self.now = 0.0
        self.compiled = 0.001
        self.runs: list[tuple[int, bool, int]] = []

    def __call__(self) -> float:
        return self.now

    def ran(self, session: Any, compiled: bool, steps: int, size: int) -> None:
        self.now += steps * (self.compiled if compiled else 0.002)
        self.runs.append((id(session), compiled and size > 0, steps))

    def compiled_steps(self) -> list[int]:
        """Steps of the training itself that were compiled."""
        training = self.runs[0][0]
        return [n for session, compiled, n in self.runs if session == training and compiled]


@pytest.fixture
def clock(monkeypatch):
    """Tells the time to everyone, and finds each training worth a trial."""
    clock, run = Clock(), InGraphLoop.run

    def timed(loop: Any, session: Any, steps: int, *more: Any) -> Any:
        clock.ran(session, loop._compiled is not None, steps, more[1])
        return run(loop, session, steps, *more)

    monkeypatch.setattr(InGraphLoop, "run", timed)
    monkeypatch.setattr(fused_loop, "Pace", functools.partial(pace.Pace, clock))
    chooser = functools.partial(choosing.step_chooser, clock=clock)
    monkeypatch.setattr(session_loop, "step_chooser", chooser)
    limits = Limits(seconds=0, compilations=0, steps=1, look_after=0, turn_seconds=0.004)
    monkeypatch.setattr(choosing, "LIMITS", limits)
    return clock


class Stops(v1.train.SessionRunHook):
    """Ends each third run, and fails at some step."""

    def __init__(self, fails_at: int) -> None:
        self._fails_at = fails_at

    def steps_unseen(self, global_step: int) -> int:
        return -(global_step + 1) % 3

    def before_run(self, run_context: Any) -> Any:
        return v1.train.SessionRunArgs(v1.train.get_global_step())

    def after_run(self, run_context: Any, run_values: Any) -> None:
        if run_values.results + 1 == self._fails_at:
            raise OSError("as if it had been killed")


def train(
    folder: Path, steps: int = 60, fails_at: int = -1, model: Any = model_fn, **settings: Any
) -> dict[str, Any]:
    """Trains, and gives the variables."""
    settings = {"fused": True, "save_checkpoints_steps": 20, **settings}
    config = tfe.RunConfig(save_summary_steps=None, log_step_count_steps=None, **settings)
    estimator = tfe.Estimator(model, str(folder), config)
    estimator.train(input_fn, hooks=[Stops(fails_at)], max_steps=steps)
    names = [name for name in estimator.get_variable_names() if "CHECKPOINTABLE" not in name]
    return {name: estimator.get_variable_value(name) for name in names}


def assert_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)


def kept(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "step_choice.json").read_text())
    return found


@pytest.fixture
def notes():
    """What a training tells its observers."""

    class Notes(RunObserver):
        def __init__(self) -> None:
            self.told: list[str] = []

        def on_note(self, message: str) -> None:
            self.told.append(message)

    watcher = Notes()
    with observing(watcher):
        yield watcher.told


def test_faster_steps_are_chosen_and_kept(tmp_path, clock, notes):
    found = train(tmp_path / "a")
    choice = kept(tmp_path / "a")
    assert (choice["compiled"], choice["from_step"], choice["batch_size"]) == (True, CHOSEN_AT, 16)
    assert sum(clock.compiled_steps()) == 60 - CHOSEN_AT
    told = "500 steps/s without XLA, 1,000 with it; compilation took 0.0 s"
    assert choice["reason"] == told
    assert notes == [f"Training steps are compiled by XLA from step 6 on: {told}."]
    alone = train(tmp_path / "b", jit_compile=False)
    for name, value in alone.items():
        np.testing.assert_allclose(found[name], value, atol=1e-5, err_msg=name)

    clock.runs.clear()
    train(tmp_path / "a", 70)
    assert sum(clock.compiled_steps()) == 10
    assert len({session for session, _, _ in clock.runs}) == 1


@pytest.mark.parametrize("fails_at", [CHOSEN_AT + 3, 33])
def test_a_training_that_goes_on_computes_the_same(tmp_path, clock, fails_at):
    found = train(tmp_path / "a")
    with pytest.raises(OSError, match="killed"):
        train(tmp_path / "b", fails_at=fails_at)
    clock.runs.clear()
    assert_same(train(tmp_path / "b"), found)
    begin = 0 if fails_at < 20 else 20
    assert sum(clock.compiled_steps()) == 60 - max(begin, CHOSEN_AT)


def test_steps_that_are_not_faster_leave_no_trace(tmp_path, clock, notes):
    clock.compiled = 0.0019
    found = train(tmp_path / "a")
    assert clock.compiled_steps() == []
    assert len({session for session, _, _ in clock.runs}) == 2
    assert kept(tmp_path / "a")["compiled"] is False
    assert notes[0].startswith("Training steps are not compiled by XLA: 500 steps/s without XLA, 5")
    assert_same(found, train(tmp_path / "b", jit_compile=False))
    # It is not tried again.
    clock.compiled = 0.001
    clock.runs.clear()
    train(tmp_path / "a", 70)
    assert not any(compiled for _, compiled, _ in clock.runs)


@pytest.mark.parametrize(
    "settings", [{"jit_compile": False}, {"tf_random_seed": 1}], ids=["False", "seed"]
)
def test_nobody_chooses(tmp_path, clock, settings):
    train(tmp_path, **settings)
    assert not any(compiled for _, compiled, _ in clock.runs)
    assert not (tmp_path / "step_choice.json").exists()


def test_short_trainings_are_as_they_were(tmp_path, clock, monkeypatch):
    monkeypatch.setattr(choosing, "LIMITS", Limits())
    train(tmp_path)
    assert len({session for session, _, _ in clock.runs}) == 1
    assert not (tmp_path / "step_choice.json").exists()


def test_other_steps_choose_for_themselves(tmp_path, clock):
    def wider(features: Any, labels: Any, mode: str) -> Any:
        return model_fn(tf.stack([features, features], 0)[0] * 1.0, labels, mode)

    train(tmp_path)
    first = kept(tmp_path)
    clock.runs.clear()
    train(tmp_path, 100, model=wider)
    assert kept(tmp_path)["step_graph"] != first["step_graph"]
    assert kept(tmp_path)["from_step"] > 60


def prints(features: Any, labels: Any, mode: str) -> Any:
    spec = model_fn(features, labels, mode)
    loss = tf.numpy_function(lambda value: value, [spec.loss], tf.float32)
    loss.set_shape([])
    return spec._replace(loss=loss)


def samples(features: Any, labels: Any, mode: str) -> Any:
    classes = tf.zeros([1, 1], tf.int64)
    drawn, *_ = tf.random.log_uniform_candidate_sampler(classes, 1, 2, True, 20, seed=3)
    return model_fn(features + tf.cast(drawn[0], tf.float32) * 1e-3, labels, mode)


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (prints, "does something outside of TensorFlow"),
        (samples, "keeps a state of its random numbers"),
    ],
)
def test_what_cannot_be_tried(tmp_path, clock, notes, model, reason):
    found = train(tmp_path / "a", model=model)
    assert reason in notes[-1]
    assert kept(tmp_path / "a")["compiled"] is False
    assert len({session for session, _, _ in clock.runs}) == 1
    assert_same(found, train(tmp_path / "b", model=model, jit_compile=False))


def test_steps_compiled_on_request_go_on_with_the_same_batches(tmp_path, clock):
    found = train(tmp_path / "a", jit_compile=True)
    with pytest.raises(OSError, match="killed"):
        train(tmp_path / "b", fails_at=33, jit_compile=True)
    clock.runs.clear()
    assert_same(train(tmp_path / "b", jit_compile=True), found)
    # The first step after the checkpoint, too.
    assert sum(clock.compiled_steps()) == 40


def test_a_damaged_choice(tmp_path, clock):
    train(tmp_path, 10)
    (tmp_path / "step_choice.json").write_text("{}")
    with pytest.raises(CheckpointError, match="is damaged"):
        train(tmp_path, 20)
