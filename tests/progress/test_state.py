from __future__ import annotations

import io

from rich.console import Console

from trainwright.progress.live import LiveDisplay
from trainwright.progress.plain import PlainDisplay
from trainwright.progress.state import TrainingState


def test_waiting_is_a_share_of_the_time_since_the_last_look() -> None:
    training = TrainingState(0, 100)
    training.resume(now=0.0)
    training.step, training.waited = 10, 1.0
    training.look(now=4.0)

    assert training.speed.wait == 0.25

    training.pause(now=4.0)
    training.resume(now=1_000.0)
    training.step, training.waited = 20, 5.0
    training.look(now=1_004.0)

    assert training.speed.wait is not None
    assert 0.25 < training.speed.wait <= 1.0


def test_nobody_knows_of_waiting_that_is_not_announced() -> None:
    training = TrainingState(0, 100)
    training.resume(now=0.0)
    training.step = 10
    training.look(now=4.0)

    assert training.speed.wait is None


def test_displays_tell_of_waiting() -> None:
    text = io.StringIO()
    times = iter([float(second) for second in range(100)])
    plain = PlainDisplay(Console(file=text, width=200), lambda: next(times))
    plain.on_train_begin(0, 100, "")
    for step in range(10, 60, 10):
        plain.on_input_wait(0.5)
        plain.on_steps(step, 0.5, 100)
    live = LiveDisplay(Console(file=io.StringIO(), width=120), auto_refresh=False)
    live.training = plain.training

    assert "waiting for input" in text.getvalue()
    assert "waiting for input" in live.render().plain
