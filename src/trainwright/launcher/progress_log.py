"""A file that grows while a run trains: loss and speed by step, and the results of evaluations."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from trainwright.events import RunObserver

__all__ = ["ProgressLog"]

_SHORTEST = 0.5
_LINES = 2000


class ProgressLog(RunObserver):
    """Writes one JSON object a line, whole lines only, at most two a second.

    While training: ``time`` (seconds since 1970), ``step``, ``loss``, and ``examples_per_second``
    and ``steps_per_second`` since the line before, evaluations left out; where it is known,
    ``input_wait``, the share of the steps' time that they waited for their input. After an
    evaluation: ``time``, ``step``, ``evaluation`` (its name) and ``metrics``. Lines become rarer in
    long runs, so that a file has some thousands. A file that cannot be written is given up, and
    ``problem`` says why; a run does not fail of it.

    Args:
        path: the file; appended to.
        clock: tells the time in seconds.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic):
        self._path = path
        self._clock = clock
        self._began = clock()
        self._since: float | None = None
        self._step = self._examples = 0
        self._written_step: int | None = None
        self._last: tuple[int, float, float] | None = None
        self._waited: float | None = None
        self._trained = 0.0
        self.problem: str | None = None

    def on_train_begin(self, start_step: int, stop_step: int | None, model_dir: str) -> None:
        """What follows is counted from the first step on."""
        self._since = None

    def on_steps(self, step: int, loss: float, examples: int | None) -> None:
        """Writes a line if it is time for one."""
        now = self._clock()
        self._last = (step, loss, now)
        if self._since is None:
            self._start(step, now)
            return
        self._examples += examples or 0
        if now - self._since >= max(_SHORTEST, (now - self._began) / _LINES):
            self._write_steps(step, loss, now)

    def on_input_wait(self, seconds: float) -> None:
        """The next line tells which share that is of the training since it was last told."""
        self._waited = (self._waited or 0.0) + seconds

    def on_train_end(self, step: int) -> None:
        """The last step is written in any case."""
        self._finish()

    def on_evaluation_begin(self, name: str | None, steps: int | None, step: int) -> None:
        """What has been trained until now is written; the evaluation's time does not count."""
        self._finish()

    def on_evaluation_end(
        self, name: str | None, metrics: Mapping[str, Any], step: int, seconds: float
    ) -> None:
        """Writes the results that are single numbers."""
        found = {key: _number(value) for key, value in metrics.items() if key != "global_step"}
        kept = {key: value for key, value in found.items() if value is not None}
        self._write({"step": step, "evaluation": name or "", "metrics": kept})

    def _start(self, step: int, now: float) -> None:
        self._since, self._step, self._examples = now, step, 0

    def _finish(self) -> None:
        if self._last is not None and self._last[0] != self._written_step:
            self._write_steps(*self._last)  # what came after the last step was no training
        self._since = None

    def _write_steps(self, step: int, loss: float, now: float) -> None:
        line: dict[str, Any] = {"step": step, "loss": _number(loss)}
        seconds = now - self._since if self._since is not None else 0.0
        if seconds > 0 and step > self._step:
            line["steps_per_second"] = round((step - self._step) / seconds, 3)
            if self._examples:
                line["examples_per_second"] = round(self._examples / seconds, 1)
        self._trained += seconds
        if self._waited is not None and self._trained > 0:
            line["input_wait"] = round(min(self._waited / self._trained, 1.0), 4)
            self._waited, self._trained = None, 0.0
        self._written_step = step
        self._start(step, now)
        self._write(line)

    def _write(self, line: Mapping[str, Any]) -> None:
        if self.problem is not None:
            return
        try:
            with self._path.open("a") as file:
                file.write(json.dumps({"time": round(time.time(), 3), **line}) + "\n")
        except OSError as error:
            self.problem = f"{self._path.name} could not be written: {error.strerror or error}."


def _number(value: Any) -> float | None:
    """A finite number as such, anything else as None, which JSON can tell."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
