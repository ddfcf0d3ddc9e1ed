from __future__ import annotations

import json

import numpy as np
import pytest

from trainwright.launcher.recorder import RunRecorder


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def recorder(clock: Clock) -> RunRecorder:
    return RunRecorder(clock)


def test_nothing_is_known_of_a_run_that_says_nothing(recorder: RunRecorder) -> None:
    assert recorder.properties() == {}
    assert recorder.places() == {}


def test_only_time_between_steps_is_training_time(recorder: RunRecorder, clock: Clock) -> None:
    recorder.on_train_begin(0, 40, "dir")
    clock.now += 7  # the session starts
    recorder.on_steps(10, 0.5, 400)
    clock.now += 2
    recorder.on_steps(20, 0.5, 400)
    recorder.on_evaluation_begin(None, 5, 20)
    clock.now += 30
    recorder.on_evaluation_end(None, {"loss": 0.4}, 20, 30.0)
    clock.now += 3  # an export
    recorder.on_steps(30, 0.4, 400)
    clock.now += 2
    recorder.on_steps(40, 0.4, 400)
    recorder.on_evaluation_begin(None, 5, 40)
    clock.now += 10
    recorder.on_evaluation_end(None, {"loss": 0.3}, 40, 10.0)
    clock.now += 5
    recorder.on_train_end(40)
    assert recorder.properties() == {
        "final_step": 40,
        "train_seconds": 4.0,
        "evaluate_seconds": 40.0,
        "examples_per_second": 200.0,
        "examples_seen": 1600,
        "metric/loss": 0.3,
    }


def test_a_run_that_stops_before_its_first_step(recorder: RunRecorder, clock: Clock) -> None:
    recorder.on_train_begin(100, 200, "dir")
    clock.now += 3
    assert recorder.properties() == {"final_step": 100, "train_seconds": 0.0}


def test_metrics_by_evaluation(recorder: RunRecorder) -> None:
    recorder.on_evaluation_end(None, {"auc": np.float32(0.5), "global_step": 7}, 7, 1.0)
    recorder.on_evaluation_end("holdout", {"auc": 0.25, "label/mean": 1}, 7, 1.0)
    recorder.on_evaluation_end(
        None, {"auc": np.float64(0.75), "confusion": np.eye(2), "name": "x"}, 9, 1.0
    )
    assert recorder.properties() == {
        "metric/auc": 0.75,
        "metric/confusion": "[[1.0, 0.0], [0.0, 1.0]]",
        "metric/name": "x",
        "metric/holdout/auc": 0.25,
        "metric/holdout/label/mean": 1.0,
    }


def test_stages_add_up(recorder: RunRecorder, clock: Clock) -> None:
    for name, seconds in (("loading", 1), ("training", 5), ("loading", 2), ("publishing", 1)):
        recorder.on_stage(name)
        clock.now += seconds
    stages = json.loads(str(recorder.properties()["stage_seconds"]))
    assert stages == {"loading": 3.0, "training": 5.0, "publishing": 1.0}


def test_loops_are_no_part_of_the_stage_before_them(recorder: RunRecorder, clock: Clock) -> None:
    recorder.on_stage("building the training graph")
    clock.now += 1
    recorder.on_train_begin(0, 10, "dir")
    clock.now += 20
    recorder.on_stage("building the evaluation graph")
    clock.now += 2
    recorder.on_evaluation_begin(None, 5, 10)
    clock.now += 20
    stages = json.loads(str(recorder.properties()["stage_seconds"]))
    assert stages == {"building the training graph": 1.0, "building the evaluation graph": 2.0}


def test_places_are_the_newest(recorder: RunRecorder) -> None:
    for step in (1, 2):
        recorder.on_checkpoint(f"/run/model.ckpt-{step}", step)
        recorder.on_export("best", f"/run/export/best/{step}")
    recorder.on_export("serving", "/model/Format-Serving")
    assert recorder.places() == {
        "last_checkpoint": "/run/model.ckpt-2",
        "export/best": "/run/export/best/2",
        "export/serving": "/model/Format-Serving",
    }


def test_warnings_are_kept_once(recorder: RunRecorder) -> None:
    for message in ("slow disk", "slow disk", "no eval data"):
        recorder.on_warning(message)
    assert recorder.properties() == {"warnings": '["slow disk", "no eval data"]'}
