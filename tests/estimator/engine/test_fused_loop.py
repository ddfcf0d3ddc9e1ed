from __future__ import annotations

import logging
import threading
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright import estimator as tfe
from trainwright.errors import InvalidArgumentError, NonFiniteLossError

v1 = tf.compat.v1


@pytest.fixture
def make(model_fn):
    def made(model_dir: str, config: Any) -> Any:
        return tfe.Estimator(model_fn, model_dir, config, params={})

    return made


def made_of(model_fn: Any) -> Any:
    return lambda model_dir, config: tfe.Estimator(model_fn, model_dir, config)


def with_train_op(change: Any) -> Any:
    """y = weight * x; the function makes the train_op out of weight, loss and features."""

    def model_fn(features: Any, labels: Any, mode: str) -> Any:
        weight = v1.get_variable("weight", [], initializer=v1.zeros_initializer())
        loss = tf.reduce_mean((features["x"] * weight - labels) ** 2)
        return tfe.EstimatorSpec(mode, loss=loss, train_op=change(weight, loss, features))

    return made_of(model_fn)


def one_step() -> Any:
    return v1.train.get_global_step().assign_add(1)


class EachStep(v1.train.SessionRunHook):
    """A hook of a kind that nobody knows."""

    def __init__(self) -> None:
        self.runs = 0

    def after_run(self, run_context: Any, run_values: Any) -> None:
        self.runs += 1


@pytest.fixture
def reasons(caplog):
    """Why steps were run one by one."""
    caplog.set_level(logging.INFO, logger="tensorflow")

    def told() -> list[str]:
        start = "Training runs one step at a time: "
        messages = [record.getMessage() for record in caplog.records]
        return [message.removeprefix(start) for message in messages if message.startswith(start)]

    return told


def test_the_end_of_the_input_keeps_every_step(train, make, input_fn):
    training = train(make, lambda: input_fn().repeat(17), fused=None)
    assert training.variables["global_step"] == 34
    assert training.watcher.examples == 34
    assert training.watcher.checkpoints == [0, 20, 34]
    alone = train(make, lambda: input_fn().repeat(17), fused=False)
    assert training.variables["weight"] == alone.variables["weight"]
    assert training.watcher.steps[-1][:2] == alone.watcher.steps[-1][:2]


def test_an_empty_input_does_no_step(train, make, input_fn):
    training = train(make, lambda: input_fn().take(0))
    assert training.variables["global_step"] == 0
    assert training.watcher.steps == []


def test_each_run_ends_where_something_is_due(train, make, repeated_input_fn):
    config = {
        "save_checkpoints_steps": 10,
        "save_summary_steps": None,
        "log_step_count_steps": None,
    }
    training = train(make, repeated_input_fn, max_steps=25, config=config)
    assert training.watcher.checkpoints == [0, 10, 20, 25]
    # The first checkpoint is that of step 0, and a timer counts from there.
    assert {10, 20, 25} <= {step for step, _, _ in training.watcher.steps}
    training.estimator.train(repeated_input_fn, max_steps=40)
    assert training.estimator.get_variable_value("global_step") == 40


def test_a_loss_that_is_not_finite_is_found_at_its_step(train):
    def diverge(weight: Any, loss: Any, features: Any) -> Any:
        step = v1.train.get_global_step()
        bad = tf.where(tf.equal(step, 13), float("inf"), 0.0)
        with tf.control_dependencies([loss]):
            return tf.group(weight.assign_add(bad), one_step())

    def input_fn() -> Any:
        return tf.data.Dataset.from_tensors(({"x": [1.0]}, [3.0])).repeat()

    config = {"save_checkpoints_steps": 5, "log_step_count_steps": None}
    kept = []

    def make(model_dir: str, given: Any) -> Any:
        kept.append(with_train_op(diverge)(model_dir, given))
        return kept[0]

    with pytest.raises(NonFiniteLossError, match="became inf at step 15") as error:
        train(make, input_fn, max_steps=100, config=config)
    assert error.value.step == 15
    assert kept[0].get_variable_value("global_step") == 10


def test_a_hook_of_unknown_kind_sees_each_step(train, make, repeated_input_fn, reasons):
    hook = EachStep()
    train(make, repeated_input_fn, fused=None, hooks=[hook], max_steps=600)
    assert hook.runs == 600
    assert reasons() == ["EachStep may want to see each step."]


def test_insisting_is_an_error_where_it_cannot_be(train, make, repeated_input_fn):
    with pytest.raises(InvalidArgumentError, match="fused or compiled steps, but EachStep may"):
        train(make, repeated_input_fn, hooks=[EachStep()], max_steps=5)


def test_a_few_steps_are_not_worth_it(train, make, repeated_input_fn, reasons):
    training = train(make, repeated_input_fn, fused=None, max_steps=5)
    assert len(training.watcher.steps) == 5
    assert reasons() == ["they are too few (5) to prepare more."]


def test_the_environment_switches_it_off(train, make, repeated_input_fn, monkeypatch, reasons):
    monkeypatch.setenv("TRAINWRIGHT_FUSED", "0")
    training = train(make, lambda: repeated_input_fn().take(5), fused=None)
    assert len(training.watcher.steps) == 5
    assert reasons() == []
    monkeypatch.setenv("TRAINWRIGHT_FUSED", "no")
    with pytest.raises(InvalidArgumentError, match="TRAINWRIGHT_FUSED must be 0 or 1. Got 'no'"):
        train(make, repeated_input_fn, fused=None, max_steps=5)


def test_hooks_say_which_steps_they_must_see(train, make, repeated_input_fn):
    class Sevens(v1.train.SessionRunHook):
        def __init__(self) -> None:
            self.seen: list[Any] = []

        def steps_unseen(self, global_step: int) -> int:
            return -(global_step + 1) % 7

        def before_run(self, run_context: Any) -> Any:
            return v1.train.SessionRunArgs([v1.train.get_global_step()])

        def after_run(self, run_context: Any, run_values: Any) -> None:
            (step,) = run_values.results
            if (step + 1) % 7 == 0:
                self.seen.append(step + 1)
            if step + 1 == 21:
                run_context.request_stop()

    hook = Sevens()
    training = train(make, repeated_input_fn, hooks=[hook], max_steps=100)
    assert hook.seen == [7, 14, 21]
    assert training.variables["global_step"] == 21


def test_known_hooks_of_the_caller(train, make, repeated_input_fn, caplog):
    caplog.set_level(logging.INFO, logger="tensorflow")

    def begun(fused: bool) -> list[str]:
        caplog.clear()
        asked = []

        def fourth_time() -> bool:
            asked.append(True)
            return len(asked) == 4

        def made(model_dir: str, config: Any) -> Any:
            estimator = make(model_dir, config)
            hooks.append(
                tfe.experimental.make_early_stopping_hook(
                    estimator, fourth_time, run_every_secs=None, run_every_steps=11
                )
            )
            return estimator

        hooks = [v1.train.LoggingTensorHook(["weight/Read/ReadVariableOp:0"], every_n_iter=6)]
        hooks[0]._formatter = lambda values: f"weight {next(iter(values.values())):.4f}"
        training = train(made, repeated_input_fn, fused=fused, hooks=hooks, max_steps=100)
        told = [r.getMessage() for r in caplog.records if r.getMessage().startswith("weight ")]
        return [*told, str(training.variables["global_step"])]

    assert begun(True) == begun(False)


def test_errors_name_the_op(train):
    def check(weight: Any, loss: Any, features: Any) -> Any:
        small = tf.debugging.Assert(tf.less(features["x"][0], 2.5), ["too big"], name="my_check")
        with tf.control_dependencies([small]):
            return one_step()

    def input_fn() -> Any:
        return tf.data.Dataset.from_tensor_slices(({"x": [[1.0], [2.0], [3.0]]}, [[1.0]] * 3))

    with pytest.raises(tf.errors.InvalidArgumentError, match="my_check") as error:
        train(with_train_op(check), input_fn)
    assert error.value.op.name.startswith("my_check")
    assert "test_fused_loop.py" in str(error.value)


def test_steps_that_count_otherwise_run_one_by_one(train, repeated_input_fn, reasons):
    def twice(weight: Any, loss: Any, features: Any) -> Any:
        return v1.train.get_global_step().assign_add(2)

    # An odd number: hooks read the step before or after the update, as it happens, and with an
    # even one that would decide whether there is one more.
    training = train(with_train_op(twice), repeated_input_fn, max_steps=9)
    alone = train(with_train_op(twice), repeated_input_fn, max_steps=9, fused=False)
    assert training.variables["global_step"] == alone.variables["global_step"] == 10
    assert len(training.watcher.steps) == len(alone.watcher.steps)
    assert reasons() == ["a step moved the global step from 0 to 2."]


def old_variable(features: Any) -> Any:
    return v1.get_variable("old", [], use_resource=False, initializer=v1.zeros_initializer())


def placeholder(features: Any) -> Any:
    return v1.placeholder_with_default(0.0, []) + v1.placeholder(tf.float32, [], name="fed")


def queue(features: Any) -> Any:
    lines = v1.FIFOQueue(1, [tf.float32], shapes=[[]])
    v1.train.add_queue_runner(v1.train.QueueRunner(lines, [lines.enqueue([0.0])]))
    return lines.dequeue(name="from_queue")


@pytest.mark.parametrize(
    ("make_tensor", "reason"),
    [
        (old_variable, "'old' is a variable of the old kind"),
        (placeholder, "the step is fed through the placeholder 'fed'"),
        (queue, "the input comes from a queue .'from_queue', QueueDequeueV2."),
    ],
)
def test_ops_that_cannot_be_in_the_loop(train, repeated_input_fn, make_tensor, reason):
    def change(weight: Any, loss: Any, features: Any) -> Any:
        with tf.control_dependencies([make_tensor(features)]):
            return one_step()

    with pytest.raises(InvalidArgumentError, match=reason):
        train(with_train_op(change), repeated_input_fn, max_steps=5)
    assert not [thread for thread in threading.enumerate() if "QueueRunner" in thread.name]


def test_summaries_of_variables_are_of_before_the_step(train):
    def count(weight: Any, loss: Any, features: Any) -> Any:
        v1.summary.scalar("weight_now", weight)
        with tf.control_dependencies([loss]):
            return tf.group(weight.assign_add(1.0), one_step())

    def input_fn() -> Any:
        return tf.data.Dataset.from_tensors(({"x": [1.0]}, [3.0])).repeat()

    config = {"save_summary_steps": 10, "log_step_count_steps": None}
    training = train(with_train_op(count), input_fn, max_steps=25, config=config)
    seen = {step: s["weight_now"] for step, s in training.events if "weight_now" in s}
    assert seen == {1: 0.0, 11: 10.0, 21: 20.0}
    np.testing.assert_array_equal(training.variables["weight"], 25.0)


def test_a_hook_of_nan_sees_the_step_that_ends_training(train, make, repeated_input_fn):
    def diverging(weight: Any, loss: Any, features: Any) -> Any:
        hooks.append(v1.train.NanTensorHook(loss))
        with tf.control_dependencies([loss]):
            return tf.group(weight.assign(float("nan")), one_step())

    hooks: list[Any] = []

    def model_fn(features: Any, labels: Any, mode: str) -> Any:
        weight = v1.get_variable("weight", [], initializer=v1.zeros_initializer())
        loss = tf.reduce_mean((features["x"] * weight - labels) ** 2)
        train_op = diverging(weight, loss, features)
        return tfe.EstimatorSpec(mode, loss=loss, train_op=train_op, training_hooks=hooks)

    with pytest.raises(v1.train.NanLossDuringTrainingError):
        train(made_of(model_fn), repeated_input_fn, max_steps=20)
