"""The display's two forms have their lines in common: those that stay."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from trainwright.events import RunObserver
from trainwright.progress.state import EvaluationState, TrainingState
from trainwright.progress.text import metric_number, rate, span, telling_metrics

__all__ = ["Display"]


class Display(RunObserver):
    """Follows a run, and writes what is worth keeping, a line each.

    Args:
        console: where to write.
        clock: tells the time in seconds.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic):
        self.console = console
        self.clock = clock
        self.width: int | None = None
        """Where lines are broken, between metrics; None: nowhere."""
        self.stage = ""
        self.training: TrainingState | None = None
        self.evaluation: EvaluationState | None = None
        self._warned: set[str] = set()
        self._exported: set[str] = set()

    @abstractmethod
    def line(self, text: Text) -> None:
        """Writes a line that stays."""

    def on_stage(self, name: str) -> None:
        """The stage's name is shown while it lasts."""
        self.stage = name

    def on_train_begin(self, start_step: int, stop_step: int | None, model_dir: str) -> None:
        """Steps are counted from here."""
        self.training = TrainingState(start_step, stop_step)

    def on_steps(self, step: int, loss: float, examples: int | None) -> None:
        """Takes note, and no more: this is called at every step."""
        training = self.training
        if training is not None:
            training.step = step
            training.loss = loss
            if examples is not None:
                training.examples += examples
            if training.paused:
                training.resume(self.clock())

    def on_input_wait(self, seconds: float) -> None:
        """Takes note."""
        if self.training is not None:
            self.training.waited = (self.training.waited or 0) + seconds

    def on_train_end(self, step: int) -> None:
        """Says how long training took, and how fast it was."""
        training, self.training = self.training, None
        if training is None or step == training.start:
            return
        training.look(self.clock())
        seconds = training.speed.seconds
        text = Text.assemble("trained to step ", (f"{step:,}", "bold"))
        if seconds:
            text.append(f" in {span(seconds)}")
            if training.speed.counted:
                text.append(f", {rate(training.speed.counted / seconds, 'examples')}")
        if training.loss is not None:
            text.append(f", loss {metric_number(training.loss)}")
        self.line(text)

    def on_checkpoint(self, path: str, step: int) -> None:
        """Takes note."""
        if self.training is not None:
            self.training.checkpoint = step

    def on_evaluation_begin(self, name: str | None, steps: int | None, step: int) -> None:
        """Its time is not training's."""
        if self.training is not None:
            self.training.pause(self.clock())
        self.evaluation = EvaluationState(name, steps)

    def on_evaluation_step(self, done: int) -> None:
        """Takes note."""
        if self.evaluation is not None:
            self.evaluation.done = done

    def on_evaluation_end(
        self, name: str | None, metrics: Mapping[str, Any], step: int, seconds: float
    ) -> None:
        """Writes the results."""
        self.evaluation = None
        text = Text("evaluated ")
        if name:
            text.append(f"{name} ", style="bold")
        text.append("at step ").append(f"{step:,}", style="bold").append(":")
        pieces = [
            Text.assemble(f"{metric} ", (metric_number(value), "bold green"))
            for metric, value in telling_metrics(metrics).items()
        ]
        pieces.append(Text(f"took {span(seconds)}", style="dim"))
        self.line(_listed(text, pieces, self.width))

    def on_export(self, name: str, path: str) -> None:
        """Writes its name, once: where it lies for good is told at the end of the run."""
        if path not in self._exported:
            self._exported.add(path)
            text = Text.assemble("exported ", (name, "bold"))
            version = Path(path).name
            self.line(text.append(f" {version}", style="dim") if version.isdecimal() else text)

    def on_note(self, message: str) -> None:
        """Writes it."""
        self.line(Text.assemble(("note: ", "cyan"), message))

    def on_warning(self, message: str) -> None:
        """Writes it, once."""
        if message not in self._warned:
            self._warned.add(message)
            self.line(Text.assemble(("warning: ", "yellow"), message))


def _listed(head: Text, pieces: list[Text], width: int | None) -> Text:
    """Pieces after a head, with commas between them; a line is broken before a whole piece."""
    text, used = head.copy(), len(head)
    for index, piece in enumerate(pieces):
        comma = "," if index < len(pieces) - 1 else ""
        if width is not None and used + len(piece) + len(comma) + 1 > width:
            text.append("\n ")
            used = 1
        text.append(" ").append_text(piece).append(comma)
        used += len(piece) + len(comma) + 1
    return text
