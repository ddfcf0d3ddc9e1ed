"""Progress as plain lines, for files, pipes and logs."""

from __future__ import annotations

from rich.text import Text

from trainwright.progress.display import Display
from trainwright.progress.text import input_wait, metric_number, rate, span

__all__ = ["PlainDisplay"]

_SECONDS = 10.0
_FRACTION = 0.1


class PlainDisplay(Display):
    """A line at each stage and event, and between them one every 10 seconds or 10 % of the way."""

    _next_step: float = 0
    _next_time: float = 0

    def line(self, text: Text) -> None:
        """Writes a line of any length."""
        self.console.print(text, soft_wrap=True)

    def on_stage(self, name: str) -> None:
        """Writes its name."""
        if name != self.stage:
            super().on_stage(name)
            self.line(Text(name))

    def on_train_begin(self, start_step: int, stop_step: int | None, model_dir: str) -> None:
        """Says where training begins and ends."""
        super().on_train_begin(start_step, stop_step, model_dir)
        end = "the end of the input" if stop_step is None else f"{stop_step:,}"
        self.line(Text(f"training from step {start_step:,} to {end}"))
        self._next_step = start_step  # to look at the clock at the first step

    def on_steps(self, step: int, loss: float, examples: int | None) -> None:
        """Takes note, and writes a line if one is due."""
        super().on_steps(step, loss, examples)
        if step >= self._next_step or self.clock() >= self._next_time:
            self._write_step(step)

    def _plan_next(self, step: int) -> None:
        stop = self.training.stop if self.training else None
        start = self.training.start if self.training else 0
        self._next_step = float("inf") if stop is None else step + (stop - start) * _FRACTION
        self._next_time = self.clock() + _SECONDS

    def _write_step(self, step: int) -> None:
        training = self.training
        if training is None:
            return
        training.look(self.clock())
        self._plan_next(step)
        if training.speed.steps is None or step == training.stop:
            return  # nothing to tell yet, or on_train_end will tell the same
        of = f" of {training.stop:,}" if training.stop is not None else ""
        parts = [f"step {step:,}{of}"]
        if training.loss is not None:
            parts.append(f"loss {metric_number(training.loss)}")
        if training.speed.examples:
            parts.append(rate(training.speed.examples, "examples"))
        if input_wait(training.speed.wait):
            parts.append(input_wait(training.speed.wait))
        if training.seconds_left is not None:
            parts.append(f"{span(training.seconds_left)} left")
        self.line(Text(", ".join(parts)))
