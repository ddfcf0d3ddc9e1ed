"""Progress on a terminal: a picture of the present, redrawn a few times a second."""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.text import Text

from trainwright.progress.display import Display
from trainwright.progress.state import EvaluationState, TrainingState
from trainwright.progress.text import input_wait, metric_number, rate, span

__all__ = ["LiveDisplay"]

_FRAMES_PER_SECOND = 4
_ONE_LINE_WIDTH = 100
_LONGEST_BAR, _SHORTEST_BAR = 40, 6
_UNICODE = ("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", "━", "─")
_ASCII = ("|/-\\", "#", "-")


class LiveDisplay(Display):
    """Draws the present state from a thread of its own; a context manager.

    Between two frames, events cost no more than storing numbers.

    Args:
        console: a terminal.
        redirect_stdout: lets what the user prints appear above the picture, on the console. For
            a standard output stream that goes somewhere else, this must be off.
        auto_refresh: whether to redraw by itself.
    """

    def __init__(
        self, console: Console, *, redirect_stdout: bool = False, auto_refresh: bool = True
    ):
        super().__init__(console)
        unicode = console.encoding.lower().startswith("utf")
        self._spinner, self._full, self._empty = _UNICODE if unicode else _ASCII
        self._stage_began = self.clock()
        self._drawn: list[int] = []
        """How long the lines of the last picture are."""
        self._width = console.width
        self.live = Live(
            console=console,
            get_renderable=self.render,
            refresh_per_second=_FRAMES_PER_SECOND,
            transient=True,
            redirect_stdout=redirect_stdout,
            auto_refresh=auto_refresh,
        )

    def __enter__(self) -> LiveDisplay:
        self.live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # The last frame must be short: a tall one would leave empty lines behind.
        self.training = self.evaluation = None
        self.live.stop()

    def on_evaluation_end(
        self, name: str | None, metrics: Mapping[str, Any], step: int, seconds: float
    ) -> None:
        """Writes the results as broadly as the terminal is now."""
        self.width = self.console.width
        super().on_evaluation_end(name, metrics, step, seconds)

    def line(self, text: Text) -> None:
        """Writes a line above the picture."""
        if self.console.width != self._width and self.live.is_started:
            self.live.refresh()
        self.console.print(text)

    def on_stage(self, name: str) -> None:
        """The stage's name and age are in the picture."""
        super().on_stage(name)
        self._stage_began = self.clock()

    def render(self) -> Text:
        """The picture: one to three lines."""
        now = self.clock()
        width = max(20, self.console.width)
        self._erase_wrapped(width)
        training, evaluation = self.training, self.evaluation
        lines: list[Text] = []
        if training is not None:
            training.look(now)
            lines += self._training_lines(training, width - 2)
        if evaluation is not None:
            lines.append(self._evaluation_line(evaluation, width - 2))
        if not lines:
            age = now - self._stage_began
            waited = f"  {span(age)}" if age >= 1 else ""
            lines.append(Text.assemble(self.stage or "starting", (waited, "dim")))
        for line in lines:
            line.truncate(width - 2, overflow="ellipsis")
        spinner = self._spinner[int(now * _FRAMES_PER_SECOND) % len(self._spinner)]
        picture = Text.assemble((spinner, "cyan"), " ", lines[0], no_wrap=True)
        for line in lines[1:]:
            picture.append("\n  ").append_text(line)
        self._drawn = [len(line) + 2 for line in lines]
        return picture

    def _erase_wrapped(self, width: int) -> None:
        """Erases what rich does not know of: lines that a narrower terminal has wrapped."""
        self._width = self.console.width
        more = sum(max(0, (length - 1) // width) for length in self._drawn)
        if more and self.live.is_started and _rewraps():
            self.console.file.write("\r\x1b[2K\x1b[1A" * more)

    def _training_lines(self, training: TrainingState, width: int) -> list[Text]:
        steps = f"step {training.step:,}"
        if training.stop is not None:
            steps = f"{training.step:,}/{training.stop:,}"
        left = training.seconds_left
        ahead = f"  {span(left)} left" if left is not None else ""
        facts = Text("  ").join(_facts(training))
        one_line = width + 2 >= _ONE_LINE_WIDTH
        tail = Text.assemble((steps, "bold"))
        if one_line:
            tail.append("  ").append_text(facts)
        tail.append(ahead)
        done = _fraction(training.step - training.start, training.stop, training.start)
        first = self._bar_line("training", done, tail, width)
        return [first] if one_line or not facts else [first, facts]

    def _evaluation_line(self, evaluation: EvaluationState, width: int) -> Text:
        name = f"evaluating {evaluation.name}" if evaluation.name else "evaluating"
        count = f"{evaluation.done:,}"
        if evaluation.total is not None:
            count = f"{count}/{evaluation.total:,}"
        done = _fraction(evaluation.done, evaluation.total, 0)
        return self._bar_line(name, done, Text(f"{count} batches"), width)

    def _bar_line(self, name: str, done: float | None, tail: Text, width: int) -> Text:
        """A name, a bar as long as there is room for, and what else there is to say."""
        line = Text(f"{name}  ")
        room = min(_LONGEST_BAR, width - len(line) - len(tail) - 2)
        if done is not None and room >= _SHORTEST_BAR:
            full = round(room * done)
            line.append(self._full * full, style="green")
            line.append(self._empty * (room - full), style="dim")
            line.append("  ")
        return line.append_text(tail)


def _rewraps() -> bool:
    """Whether the terminal wraps lines anew when its width changes, as all but a few do."""
    term = os.environ.get("TERM", "")
    if "TMUX" in os.environ:
        return True
    return "XTERM_VERSION" not in os.environ and not term.startswith(("linux", "screen", "vt"))


def _facts(training: TrainingState) -> list[Text]:
    """Speed, loss and last checkpoint, as far as they are known."""
    facts: list[Text] = []
    if training.speed.examples:
        facts.append(Text(rate(training.speed.examples, "examples"), style="cyan"))
    elif training.speed.steps:
        facts.append(Text(rate(training.speed.steps, "steps"), style="cyan"))
    if input_wait(training.speed.wait):
        facts.append(Text(input_wait(training.speed.wait), style="yellow"))
    if training.loss is not None:
        facts.append(Text(f"loss {metric_number(training.loss)}"))
    if training.checkpoint:
        facts.append(Text(f"checkpoint {training.checkpoint:,}", style="dim"))
    return facts


def _fraction(done: int, stop: int | None, start: int) -> float | None:
    """How much of the way is done, None where its end is unknown."""
    if stop is None or stop <= start:
        return None
    return min(1.0, max(0.0, done / (stop - start)))
