from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from trainwright.launcher.progress_log import ProgressLog


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log(tmp_path: Path, clock: Clock) -> ProgressLog:
    return ProgressLog(tmp_path / "progress.jsonl", clock)


def lines(tmp_path: Path) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in (tmp_path / "progress.jsonl").read_text().splitlines()]
    for line in found:
        assert line.pop("time") > 1e9
    return found


def train(
    log: ProgressLog, clock: Clock, steps: int, *, start: int = 0, seconds: float = 0.25
) -> None:
    log.on_train_begin(start, start + steps, "somewhere")
    for step in range(start + 1, start + steps + 1):
        log.on_steps(step, 1 / step, 10)
        clock.now += seconds


def test_lines_are_rare_and_the_last_step_has_one(log, clock, tmp_path: Path) -> None:
    train(log, clock, 13)
    log.on_train_end(13)
    assert [line["step"] for line in lines(tmp_path)] == [3, 5, 7, 9, 11, 13]
    first = lines(tmp_path)[0]
    assert first["loss"] == pytest.approx(1 / 3)
    assert first["steps_per_second"] == pytest.approx(4)
    assert first["examples_per_second"] == pytest.approx(40)


def test_evaluations_are_written_and_their_time_does_not_count(log, clock, tmp_path: Path) -> None:
    train(log, clock, 3)
    log.on_evaluation_begin(None, None, 3)
    clock.now += 1000
    metrics = {"auc": 0.5, "global_step": 3, "bad": float("nan"), "table": [1, 2]}
    log.on_evaluation_end(None, metrics, 3, 1000.0)
    log.on_steps(4, 0.5, 10)
    clock.now += 0.75
    log.on_steps(5, 0.5, 10)
    before, evaluation, after = lines(tmp_path)
    assert before["step"] == 3
    assert evaluation == {"step": 3, "evaluation": "", "metrics": {"auc": 0.5}}
    assert after["steps_per_second"] == pytest.approx(1 / 0.75, abs=0.001)


def test_what_comes_after_the_last_step_is_no_training(log, clock, tmp_path: Path) -> None:
    train(log, clock, 4)
    clock.now += 100  # a checkpoint is written
    log.on_train_end(4)
    assert [line["steps_per_second"] for line in lines(tmp_path)] == [4, 4]


def test_waiting_for_input_is_a_share_of_training(log, clock, tmp_path: Path) -> None:
    log.on_input_wait(0.125)
    train(log, clock, 7)
    log.on_input_wait(0.25)
    log.on_steps(8, 0.5, 10)
    log.on_train_end(8)
    assert [line.get("input_wait") for line in lines(tmp_path)] == [0.25, None, None, 0.2]


def test_long_runs_write_fewer_lines(log, clock, tmp_path: Path) -> None:
    train(log, clock, 5000, seconds=10.0)
    assert 1000 < len(lines(tmp_path)) < 5000


def test_losses_that_are_not_finite_are_none(log, clock, tmp_path: Path) -> None:
    log.on_steps(1, float("nan"), None)
    log.on_train_end(1)
    assert lines(tmp_path) == [{"step": 1, "loss": None}]


def test_a_file_that_cannot_be_written_is_given_up(clock, tmp_path: Path) -> None:
    log = ProgressLog(tmp_path / "absent" / "progress.jsonl", clock)
    train(log, clock, 30)
    assert log.problem == "progress.jsonl could not be written: No such file or directory."
