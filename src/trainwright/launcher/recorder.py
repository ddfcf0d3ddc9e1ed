"""Keeps what a run announces, to be recorded when it ends."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from trainwright.events import RunObserver
from trainwright.launcher.values import as_property
from trainwright.lineage import PropertyValue

__all__ = ["SHORT", "RunRecorder", "Stopwatch"]

SHORT = "input_ended_at"
"""Custom property of runs that did fewer steps than asked for: how many."""


class Stopwatch:
    """Adds up the seconds during which it runs.

    Args:
        clock: tells the time in seconds.
    """

    def __init__(self, clock: Callable[[], float]):
        self._clock = clock
        self._since: float | None = None
        self._seconds = 0.0

    @property
    def running(self) -> bool:
        """Whether it runs now."""
        return self._since is not None

    @property
    def seconds(self) -> float:
        """What it shows now."""
        return self._seconds + (0.0 if self._since is None else self._clock() - self._since)

    def start(self) -> None:
        """Runs from now on."""
        if self._since is None:
            self._since = self._clock()

    def stop(self) -> None:
        """Stands still from now on."""
        self._seconds, self._since = self.seconds, None


class RunRecorder(RunObserver):
    """Listens to a run.

    Training time is that between one step and the next, without the evaluations and exports in
    between. ``examples_per_second`` refers to it: the first step after a start or an evaluation,
    whose beginning nobody announced, counts in neither.

    Args:
        clock: tells the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._training = Stopwatch(clock)
        self._evaluating = Stopwatch(clock)
        self._examples: int | None = None
        self._step: int | None = None
        self._metrics: dict[str, dict[str, Any]] = {}
        self._stages: dict[str, Stopwatch] = {}
        self._checkpoint: str | None = None
        self._exports: dict[str, str] = {}
        self._warnings: list[str] = []
        self._skipped: tuple[int, list[str]] | None = None
        self._seen: int | None = None
        self._waited: float | None = None
        self._short: int | None = None

    def on_stage(self, name: str) -> None:
        """One stage ends, the next begins."""
        self._end_stage()
        self._stages.setdefault(name, Stopwatch(self._clock)).start()

    def _end_stage(self) -> None:
        for stage in self._stages.values():
            stage.stop()

    def on_train_begin(self, start_step: int, stop_step: int | None, model_dir: str) -> None:
        """Training time runs from the first step's end on."""
        self._end_stage()
        self._step = start_step

    def on_steps(self, step: int, loss: float, examples: int | None) -> None:
        """Counts."""
        self._step = step
        if examples is not None:
            self._seen = (self._seen or 0) + examples
        if not self._training.running:
            self._training.start()
        elif examples is not None:
            self._examples = (self._examples or 0) + examples

    def on_resumed(self, step: int, examples: int | None, seconds: float) -> None:
        """What had been read before the training was interrupted counts as read."""
        self._step, self._seen = step, examples

    def on_short(self, step: int, asked: int) -> None:
        """Remembers it."""
        self._short = step

    def on_input_wait(self, seconds: float) -> None:
        """Adds up."""
        self._waited = (self._waited or 0) + seconds

    def on_train_end(self, step: int) -> None:
        """Training time stops."""
        self._step = step
        self._training.stop()

    def on_checkpoint(self, path: str, step: int) -> None:
        """Remembers it."""
        self._checkpoint = path

    def on_evaluation_begin(self, name: str | None, steps: int | None, step: int) -> None:
        """Training time stands still."""
        self._end_stage()
        self._training.stop()
        self._evaluating.start()

    def on_evaluation_end(
        self, name: str | None, metrics: Mapping[str, Any], step: int, seconds: float
    ) -> None:
        """The newest results of an evaluation replace its earlier ones."""
        self._evaluating.stop()
        self._metrics[name or ""] = dict(metrics)

    def on_export(self, name: str, path: str) -> None:
        """Remembers it."""
        self._exports[name] = path

    def on_skipped_records(self, count: int, shown: Sequence[str]) -> None:
        """Remembers them."""
        self._skipped = count, list(shown)

    def on_warning(self, message: str) -> None:
        """Remembers it."""
        if message not in self._warnings:
            self._warnings.append(message)

    def properties(self) -> dict[str, PropertyValue]:
        """What is worth recording however the run ends."""
        found: dict[str, PropertyValue] = {}
        if self._step is not None:
            found["final_step"] = self._step
            found["train_seconds"] = round(self._training.seconds, 3)
        if self._seen is not None:
            found["examples_seen"] = self._seen
        if self._examples is not None and self._training.seconds > 0:
            found["examples_per_second"] = self._examples / self._training.seconds
        if self._waited is not None:
            found["input_wait_seconds"] = round(self._waited, 3)
        if self._evaluating.seconds:
            found["evaluate_seconds"] = round(self._evaluating.seconds, 3)
        if self._stages:
            seconds = {name: round(stage.seconds, 3) for name, stage in self._stages.items()}
            found["stage_seconds"] = json.dumps(seconds)
        if self._skipped is not None:
            found["skipped_records"] = self._skipped[0]
            found["skipped_records/first"] = json.dumps(self._skipped[1])
        if self._warnings:
            found["warnings"] = json.dumps(self._warnings)
        return found | self._metric_properties()

    def short(self) -> dict[str, PropertyValue]:
        """Where the input ended, if that was too early."""
        return {} if self._short is None else {SHORT: self._short}

    def places(self) -> dict[str, str]:
        """Where the newest checkpoint and the newest export of each name lie."""
        places = {f"export/{name}": path for name, path in self._exports.items()}
        if self._checkpoint is not None:
            places["last_checkpoint"] = self._checkpoint
        return places

    def _metric_properties(self) -> dict[str, PropertyValue]:
        return {
            "/".join(filter(None, ("metric", evaluation, name))): _metric(value)
            for evaluation, metrics in self._metrics.items()
            for name, value in metrics.items()
            if name != "global_step"
        }


def _metric(value: Any) -> PropertyValue:
    """A number as such; what is no single number, such as a confusion matrix, as JSON."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (int, float)):
        return float(value)
    return as_property(value)
