"""Progress for programs: one JSON object a line."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

from trainwright.errors import TrainwrightError
from trainwright.events import RunObserver
from trainwright.progress.state import TrainingState
from trainwright.stopping import Terminated

__all__ = ["JsonLines", "json_value"]

_SECONDS = 1.0


class JsonLines(RunObserver):
    """Writes each event as an object with ``time`` and ``event``.

    ``docs/progress.md`` has the keys; they are added, never changed or removed. ``step`` is
    written at the first and the last step, and once a second between them.

    Args:
        write: takes each line, its end included.
        clock: tells the time in seconds.

    Example:
        >>> lines = []
        >>> JsonLines(lines.append).on_checkpoint("model.ckpt-3", 3)
        >>> sorted(json.loads(lines[0]))
        ['event', 'path', 'step', 'time']
    """

    def __init__(self, write: Callable[[str], object], clock: Callable[[], float] = time.monotonic):
        self._write = write
        self._clock = clock
        self._training: TrainingState | None = None
        self._next = 0.0
        self._written_step: int | None = None
        self._waited = 0.0
        self._wait_since = 0.0
        self._announced = 0.0
        self._share: float | None = None

    def event(self, event: str, **members: Any) -> None:
        """Writes one line."""
        moment = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        line = {"time": moment.replace("+00:00", "Z"), "event": event, **members}
        self._write(json.dumps(json_value(line), separators=(",", ":")) + "\n")

    def error(self, error: BaseException) -> None:
        """Writes what has ended the run."""
        ours = error if isinstance(error, TrainwrightError) else None
        stopped = isinstance(error, KeyboardInterrupt)
        number = 143 if isinstance(error, Terminated) else 130
        self.event(
            "error",
            type="Stopped" if stopped else type(error).__name__,
            message=_without_password(ours.message if ours else str(error)),
            hint=ours.hint if ours else None,
            exit_code=ours.exit_code
            if ours
            else getattr(error, "exit_code", number if stopped else 1),
        )

    def on_stage(self, name: str) -> None:
        """Writes its name."""
        self.event("stage", name=name)

    def on_train_begin(self, start_step: int, stop_step: int | None, model_dir: str) -> None:
        """Writes from where to where."""
        self._training = TrainingState(start_step, stop_step)
        self._next, self._written_step = 0.0, None
        self._share = None
        self._wait_from_now()
        self.event("train_begin", step=start_step, stop_step=stop_step)

    def on_steps(self, step: int, loss: float, examples: int | None) -> None:
        """Takes note, and writes a line if one is due."""
        training = self._training
        if training is None:
            return
        training.step = step
        training.loss = loss
        if examples is not None:
            training.examples += examples
        now = self._clock()
        if training.paused:
            training.resume(now)
        if now >= self._next:
            self._write_step(training, now)

    def on_input_wait(self, seconds: float) -> None:
        """Takes note of time that training has waited for its input."""
        self._waited += seconds
        self._announced = self._clock()

    def on_resumed(self, step: int, examples: int | None, seconds: float) -> None:
        """Writes from where."""
        self.event("resumed", step=step, examples=examples, seconds=round(seconds, 3))

    def on_input_end(self, step: int) -> None:
        """Writes where."""
        self.event("input_end", step=step)

    def on_short(self, step: int, asked: int) -> None:
        """Writes how far it came, and how far it was to come."""
        self.event("short", step=step, asked=asked)

    def on_train_end(self, step: int) -> None:
        """Writes the last step, and how fast it went on the whole."""
        training, self._training = self._training, None
        if training is None:
            return
        now = self._clock()
        training.look(now)
        if training.loss is not None and step != self._written_step:
            self._write_step(training, now)
        seconds = training.speed.seconds
        self.event(
            "train_end",
            step=step,
            loss=training.loss,
            seconds=round(seconds, 3),
            examples_per_second=_rounded(training.speed.counted / seconds) if seconds else None,
        )

    def on_checkpoint(self, path: str, step: int) -> None:
        """Writes where it is."""
        self.event("checkpoint", step=step, path=path)

    def on_evaluation_begin(self, name: str | None, steps: int | None, step: int) -> None:
        """Writes what begins; its time is not training's."""
        if self._training is not None:
            self._training.pause(self._clock())
        self.event("evaluation_begin", evaluation=name, step=step, batches=steps)

    def on_evaluation_end(
        self, name: str | None, metrics: Mapping[str, Any], step: int, seconds: float
    ) -> None:
        """Writes the results."""
        self._wait_from_now()
        numbers = {
            key: float(value)
            for key, value in metrics.items()
            if key != "global_step"
            and getattr(value, "ndim", 0) == 0
            and hasattr(value, "__float__")
        }
        self.event(
            "evaluation_end",
            evaluation=name,
            step=step,
            metrics=numbers,
            seconds=round(seconds, 3),
        )

    def on_export(self, name: str, path: str) -> None:
        """Writes where it is."""
        self.event("export", name=name, path=path)

    def on_note(self, message: str) -> None:
        """Writes it."""
        self.event("note", message=message)

    def on_warning(self, message: str) -> None:
        """Writes it."""
        self.event("warning", message=message)

    def _wait_from_now(self) -> None:
        self._waited, self._wait_since = 0.0, self._clock()
        self._announced = self._wait_since

    def _write_step(self, training: TrainingState, now: float) -> None:
        training.look(now)
        self._next = now + _SECONDS
        self._written_step = training.step
        if self._announced > self._wait_since:
            self._share = min(1.0, self._waited / (self._announced - self._wait_since))
            self._waited, self._wait_since = 0.0, self._announced
        self.event(
            "step",
            step=training.step,
            stop_step=training.stop,
            loss=training.loss,
            steps_per_second=_rounded(training.speed.steps),
            examples_per_second=_rounded(training.speed.examples),
            seconds_left=_rounded(training.seconds_left),
            input_wait=None if self._share is None else round(self._share, 4),
        )


def _without_password(text: str) -> str:
    if "@" not in text and "passw" not in text:
        return text
    from trainwright.lineage.location import mask_password

    return mask_password(text)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def json_value(value: Any) -> Any:
    """A value as strict JSON has it: numbers that are not finite become strings.

    Example:
        >>> json_value({"loss": float("nan"), "step": 3})
        {'loss': 'nan', 'step': 3}
    """
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {key: json_value(item) for key, item in value.items()}
    return [json_value(item) for item in value] if isinstance(value, list) else value
