"""JSON lines: their keys are documented, and stay."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trainwright.errors import ArtifactError
from trainwright.progress.json_lines import JsonLines
from trainwright.stopping import Terminated

PAGE = Path(__file__).parents[2] / "docs" / "progress.md"


class Log:
    def __init__(self) -> None:
        self.now = 10.0
        self.text: list[str] = []
        self.lines = JsonLines(self.text.append, lambda: self.now)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text]

    def of(self, event: str) -> list[dict[str, Any]]:
        return [found for found in self.events if found["event"] == event]


@pytest.fixture
def log() -> Log:
    return Log()


def run_through(log: Log) -> None:
    lines = log.lines
    lines.on_stage("loading")
    lines.on_resumed(100, None, 0.25)
    lines.on_train_begin(100, 200, "model")
    for step in range(101, 201):
        log.now += 0.1
        lines.on_steps(step, 1 / step, 32)
        lines.on_input_wait(0.025)
    lines.on_checkpoint("model.ckpt-200", 200)
    lines.on_evaluation_begin("test", 5, 200)
    log.now += 50
    metrics = {"auc": np.float32(0.5), "loss": float("inf"), "curve": np.zeros(3)}
    lines.on_evaluation_end("test", {**metrics, "global_step": 200}, 200, 50.0)
    lines.on_export("best", "export/best/1")
    lines.on_input_end(200)
    lines.on_short(200, 300)
    lines.on_train_end(200)
    lines.on_note("a note")
    lines.on_warning("a warning")
    lines.error(ArtifactError("no", hint="do"))


def test_each_line_is_an_object_of_the_documented_keys(log: Log) -> None:
    run_through(log)
    table = re.findall(r"^\| (`.+?`) \| (`.+?`) \|$", PAGE.read_text(), re.M)
    documented = {
        event: re.findall(r"`(\w+)`", keys)
        for events, keys in table
        for event in re.findall(r"`(\w+)`", events)
    }
    assert {line["event"] for line in log.events} | {"run_end"} == set(documented)
    assert all(text.endswith("\n") and text.count("\n") == 1 for text in log.text)
    for line in log.events:
        assert list(line) == ["time", "event", *documented[line["event"]]]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])


def test_steps_come_once_a_second_and_at_both_ends(log: Log) -> None:
    run_through(log)
    steps = [line["step"] for line in log.of("step")]
    assert steps[0] == 101
    assert steps[-1] == 200
    assert 10 <= len(steps) <= 12
    middle = log.of("step")[5]
    assert middle["steps_per_second"] == pytest.approx(10, rel=0.01)
    assert middle["examples_per_second"] == pytest.approx(320, rel=0.01)
    assert middle["seconds_left"] == pytest.approx((200 - middle["step"]) / 10, abs=0.1)
    assert middle["input_wait"] == pytest.approx(0.25, abs=0.03)
    assert log.of("train_end")[0]["examples_per_second"] == pytest.approx(320, rel=0.02)


def test_results_of_an_evaluation_are_numbers_or_their_names(log: Log) -> None:
    run_through(log)
    (line,) = log.of("evaluation_end")
    assert line["metrics"] == {"auc": 0.5, "loss": "inf"}
    assert line["evaluation"] == "test"


def test_without_waits_announced_the_share_is_unknown(log: Log) -> None:
    log.lines.on_train_begin(0, None, "model")
    log.lines.on_steps(1, float("nan"), None)
    (line,) = log.of("step")
    assert line["loss"] == "nan"
    assert line["input_wait"] is None
    assert line["seconds_left"] is None
    assert line["stop_step"] is None


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (KeyboardInterrupt(), "Stopped", 130),
        (Terminated(), "Stopped", 143),
        (ArtifactError("no"), "ArtifactError", 3),
        (RuntimeError("x"), "RuntimeError", 1),
    ],
)
def test_errors(log: Log, error: BaseException, kind: str, code: int) -> None:
    log.lines.error(error)
    (line,) = log.events
    assert (line["type"], line["exit_code"]) == (kind, code)
