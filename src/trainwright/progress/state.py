"""The numbers of a run, as far as it has come."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

__all__ = ["EvaluationState", "Speed", "TrainingState"]

_SMOOTHING_SECONDS = 8.0
"""A speed of so long ago counts 1/e of the newest."""


class Speed:
    """Steps and examples per second, smoothed.

    Attributes:
        steps: steps/s, None before it is known.
        examples: examples/s, None before it is known, or where examples are not counted.
        wait: the share of time spent waiting for input, from 0 to 1; None where nobody knows.
        seconds: how long it has measured, in total.
        counted: examples in that time.
    """

    def __init__(self) -> None:
        self.steps: float | None = None
        self.examples: float | None = None
        self.wait: float | None = None
        self.seconds = 0.0
        self.counted = 0
        self._last: tuple[float, int, int, float] | None = None

    def measure(self, now: float, step: int, examples: int, waited: float | None = None) -> None:
        """Takes one more look.

        Args:
            now: a time in seconds.
            step: the global step now.
            examples: examples read until now.
            waited: seconds spent waiting for input until now; None where nobody knows.
        """
        if self._last is None:
            self._last = now, step, examples, waited or 0.0
            return
        last_time, last_step, last_examples, last_waited = self._last
        if step == last_step or now <= last_time:
            return  # steps may be announced many at a time
        elapsed = now - last_time
        self.seconds += elapsed
        self.counted += examples - last_examples
        weight = 1 - math.exp(-elapsed / _SMOOTHING_SECONDS)
        self.steps = _blend(self.steps, (step - last_step) / elapsed, weight)
        if examples:
            self.examples = _blend(self.examples, (examples - last_examples) / elapsed, weight)
        if waited is not None:
            self.wait = _blend(self.wait, min((waited - last_waited) / elapsed, 1.0), weight)
        self._last = now, step, examples, waited or 0.0

    def pause(self) -> None:
        """What passes until the next look does not count."""
        self._last = None


def _blend(old: float | None, new: float, weight: float) -> float:
    return new if old is None else old + weight * (new - old)


@dataclass
class EvaluationState:
    """An evaluation that is going on.

    Attributes:
        name: its name, None for the only one.
        total: batches it will read, None until its input ends.
        done: batches it has read.
    """

    name: str | None
    total: int | None
    done: int = 0


@dataclass
class TrainingState:
    """A training loop.

    Attributes:
        start: the global step it began at.
        stop: the global step it is to stop at, None when the input ends.
        step: the global step now.
        loss: the last loss, None before the first.
        examples: examples read.
        checkpoint: global step of the last checkpoint, None before the first.
        waited: seconds spent waiting for input; None where nobody knows.
        speed: how fast it goes.
        paused: whether it stands still: before the first step, and from the beginning of an
            evaluation to the first step after it.
    """

    start: int
    stop: int | None
    step: int = field(init=False)
    loss: float | None = None
    examples: int = 0
    checkpoint: int | None = None
    waited: float | None = None
    speed: Speed = field(default_factory=Speed)
    paused: bool = True

    def __post_init__(self) -> None:
        self.step = self.start

    def look(self, now: float) -> None:
        """Measures the speed, unless it is standing still."""
        if not self.paused:
            self.speed.measure(now, self.step, self.examples, self.waited)

    def pause(self, now: float) -> None:
        """Something else begins, such as an evaluation: its time is not training's."""
        self.look(now)
        self.speed.pause()
        self.paused = True

    def resume(self, now: float) -> None:
        """A step is done: from now on time counts."""
        self.paused = False
        self.look(now)

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the last step, at the present speed."""
        if self.stop is None or not self.speed.steps:
            return None
        return max(0, self.stop - self.step) / self.speed.steps
