"""Both displays are driven through one run, by a clock that the test winds."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from rich.console import Console
from rich.text import Text

from trainwright.progress.live import LiveDisplay
from trainwright.progress.plain import PlainDisplay

METRICS = {
    "accuracy": 0.80123,
    "auc": 0.77123,
    "average_loss": 0.41,
    "global_step": 500,
    "label/mean": 0.3,
    "loss": 16.4,
    "precision": 0.61,
    "recall": 0.3,
}


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def plain() -> tuple[PlainDisplay, Clock]:
    clock = Clock()
    return PlainDisplay(Console(file=io.StringIO(), width=60), clock), clock


def live(width: int, encoding: str = "utf-8") -> tuple[LiveDisplay, Clock]:
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    console = Console(file=file, force_terminal=True, width=width, record=True)
    display = LiveDisplay(console, auto_refresh=False)
    clock = Clock()
    display.clock = clock
    return display, clock


def lines_of(display: PlainDisplay) -> list[str]:
    file = display.console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue().splitlines()


def train(display: Any, clock: Clock, steps: range, seconds_a_step: float) -> None:
    for step in steps:
        clock.now += seconds_a_step
        display.on_steps(step, 1 / step, 40)


def test_plain_lines_of_a_whole_run() -> None:
    display, clock = plain()
    display.on_stage("loading module.py")
    display.on_stage("loading module.py")
    display.on_train_begin(0, 1000, "dir")
    clock.now += 5  # building the graph is no training
    train(display, clock, range(1, 501), 0.01)
    display.on_checkpoint("dir/model.ckpt-500", 500)
    display.on_evaluation_begin(None, 20, 500)
    clock.now += 7
    display.on_evaluation_step(20)
    display.on_evaluation_end(None, METRICS, 500, 7.0)
    display.on_export("final", "dir/export/final/1700000000")
    train(display, clock, range(501, 1001), 0.01)
    display.on_train_end(1000)
    display.on_warning("mind the step")
    display.on_warning("mind the step")
    assert lines_of(display) == [
        "loading module.py",
        "training from step 0 to 1,000",
        "step 101 of 1,000, loss 0.009901, 4,000 examples/s, 9 s left",
        "step 201 of 1,000, loss 0.004975, 4,000 examples/s, 8 s left",
        "step 301 of 1,000, loss 0.003322, 4,000 examples/s, 7 s left",
        "step 401 of 1,000, loss 0.002494, 4,000 examples/s, 6 s left",
        "evaluated at step 500: auc 0.7712, accuracy 0.8012, average_loss 0.4100, "
        "precision 0.6100, recall 0.3000, took 7 s",
        "exported final 1700000000",
        "step 501 of 1,000, loss 0.001996, 4,000 examples/s, 5 s left",
        "step 601 of 1,000, loss 0.001664, 4,000 examples/s, 4 s left",
        "step 701 of 1,000, loss 0.001427, 4,000 examples/s, 3 s left",
        "step 801 of 1,000, loss 0.001248, 4,000 examples/s, 2 s left",
        "step 901 of 1,000, loss 0.00111, 4,000 examples/s, 1 s left",
        "trained to step 1,000 in 10 s, 4,000 examples/s, loss 0.001",
        "warning: mind the step",
    ]


def test_plain_lines_every_ten_seconds_where_the_end_is_unknown() -> None:
    display, clock = plain()
    display.on_train_begin(7, None, "dir")
    train(display, clock, range(8, 36), 1.0)
    display.on_train_end(35)
    assert lines_of(display) == [
        "training from step 7 to the end of the input",
        "step 18, loss 0.05556, 40 examples/s",
        "step 28, loss 0.03571, 40 examples/s",
        "trained to step 35 in 27 s, 40 examples/s, loss 0.02857",
    ]


def test_examples_that_are_not_counted() -> None:
    display, clock = plain()
    display.on_train_begin(0, 100, "dir")
    for step in range(1, 101):
        clock.now += 1
        display.on_steps(step, float("nan"), None)
    display.on_train_end(100)
    assert "step 11 of 100, loss nan, 1 min 29 s left" in lines_of(display)
    assert lines_of(display)[-1] == "trained to step 100 in 1 min 39 s, loss nan"


def test_a_training_without_a_step_says_nothing_at_its_end() -> None:
    display, _ = plain()
    display.on_train_begin(100, 100, "dir")
    display.on_train_end(100)
    display.on_steps(101, 1.0, 1)
    assert lines_of(display) == ["training from step 100 to 100"]


def test_named_evaluations_and_metrics_of_unknown_names() -> None:
    display, _ = plain()
    display.on_evaluation_end("late", {"global_step": 5, "wape": 0.25, "matrix": [[1]]}, 5, 0.3)
    display.on_evaluation_end(None, {}, 5, 0.3)
    assert lines_of(display) == [
        "evaluated late at step 5: wape 0.2500, took 0.3 s",
        "evaluated at step 5: took 0.3 s",
    ]


def test_markup_in_names_is_shown_as_it_is() -> None:
    display, _ = plain()
    display.on_stage("loading [bold]module[/].py")
    display.on_warning("a [red]list[/red]")
    assert lines_of(display) == ["loading [bold]module[/].py", "warning: a [red]list[/red]"]


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (
            60,
            "training  ━━━━━━━━━━━━───────────────  450/1,000  6 s left\n"
            "  4,000 examples/s  loss 0.002222  checkpoint 400",
        ),
        (
            120,
            "training  ━━━━━━━━━━━━━━━━━─────────────────────  450/1,000  4,000 examples/s  "
            "loss 0.002222  checkpoint 400  6 s left",
        ),
        (30, "training  450/1,000  6 s le…\n  4,000 examples/s  loss 0.00…"),
    ],
)
def test_the_picture_of_training(width: int, expected: str) -> None:
    display, clock = live(width)
    display.on_train_begin(0, 1000, "dir")
    for step in range(1, 451):
        clock.now += 0.01
        display.on_steps(step, 1 / step, 40)
        if step == 400:
            display.on_checkpoint("dir/model.ckpt-400", 400)
        if step % 25 == 0:
            display.render()
    picture = display.render()
    assert picture.plain[2:] == expected
    assert max(map(len, picture.plain.splitlines())) <= width


def test_the_picture_of_other_moments() -> None:
    display, clock = live(60)
    assert display.render().plain[2:] == "starting"
    display.on_stage("loading module.py")
    clock.now += 3
    assert display.render().plain[2:] == "loading module.py  3 s"
    display.on_train_begin(0, None, "dir")
    display.on_steps(5, 0.5, 40)
    assert display.render().plain[2:] == "training  step 5\n  loss 0.5000"
    display.on_evaluation_begin("late", 20, 5)
    display.on_evaluation_step(10)
    assert re.search(r"evaluating late  ━+─+  10/20 batches$", display.render().plain)
    display.on_evaluation_end("late", METRICS, 5, 1.0)
    display.on_evaluation_begin(None, None, 5)
    display.on_evaluation_step(3)
    assert display.render().plain.endswith("evaluating  3 batches")


def test_time_for_evaluation_and_export_does_not_slow_training_down() -> None:
    display, clock = live(120)
    display.on_train_begin(0, 1000, "dir")
    for first in (1, 501):
        for step in range(first, first + 500):
            clock.now += 0.01
            display.on_steps(step, 1.0, 40)
            display.render()
        assert display.training is not None
        assert display.training.speed.examples == pytest.approx(4000)
        display.on_evaluation_begin(None, 10, step)
        clock.now += 50
        display.render()
        display.on_evaluation_end(None, METRICS, step, 50.0)
        clock.now += 9
        display.render()
    assert display.training.speed.seconds == pytest.approx(9.98, abs=0.03)


def test_lines_break_between_metrics_on_a_narrow_terminal() -> None:
    display, _ = live(60)
    with display:
        display.on_evaluation_end(None, METRICS, 500, 2.0)
    written = display.console.export_text()
    assert written.splitlines()[:3] == [
        "evaluated at step 500: auc 0.7712, accuracy 0.8012,",
        "  average_loss 0.4100, precision 0.6100, recall 0.3000,",
        "  took 2 s",
    ]


def test_a_terminal_without_unicode() -> None:
    display, clock = live(60, encoding="ascii")
    display.on_train_begin(0, 100, "dir")
    train(display, clock, range(1, 51), 0.01)
    display.render().plain.encode("ascii")
    assert "#" in display.render().plain


def test_a_terminal_that_is_resized() -> None:
    display, clock = live(120)
    display.on_train_begin(0, 1000, "dir")
    train(display, clock, range(1, 451), 0.01)
    for width in (120, 60, 20, 5, 300):
        display.console.width = width
        assert max(map(len, display.render().plain.splitlines())) <= max(20, width)


def test_the_picture_is_gone_at_the_end_and_lines_stay() -> None:
    display, _ = live(80)
    with display:
        display.on_stage("training")
        display.on_export("final", "dir/export/final/17")
    file = display.console.file
    assert isinstance(file, io.TextIOWrapper)
    file.flush()
    written = file.buffer.getvalue().decode()  # type: ignore[attr-defined]
    assert "exported" in written
    assert written.rstrip().endswith("\x1b[2K")  # the picture's line is erased


@pytest.mark.parametrize(("term", "erased"), [("xterm-256color", 1), ("linux", 0)])
def test_a_terminal_that_becomes_narrower(
    term: str, erased: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.delenv("XTERM_VERSION", raising=False)
    display, clock = live(80)
    with display:
        display.on_train_begin(0, 100, "model")
        train(display, clock, range(1, 50), 0.1)
        display.live.refresh()
        display.console.width = 50
        before = written(display)
        display.line(Text("a line"))
        shown = written(display)[len(before) :]
        assert shown.startswith("\r\x1b[2K\x1b[1A" * erased) if erased else True
        assert max(len(line) for line in display.render().plain.splitlines()) <= 50
        assert written(display).count("\r\x1b[2K\x1b[1A\r") == erased


def written(display: LiveDisplay) -> str:
    file = display.console.file
    assert isinstance(file, io.TextIOWrapper)
    file.flush()
    buffer = file.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()
