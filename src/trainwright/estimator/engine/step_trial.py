"""Measuring whether compiled steps are faster, by turns with ordinary ones."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Figures", "Limits", "measure"]

RunSteps = Callable[[int], object]


@dataclass(frozen=True)
class Limits:
    """When compiled steps are tried, and when they are taken.

    Args:
        seconds: nothing is tried where ordinary steps take less than so many seconds to the end.
        compilations: nor is it tried any further where that is less than so many times what the
            compilation took.
        steps: nor where fewer steps are left.
        faster: compiled steps must be so many times as fast.
        look_after: ordinary steps are watched for so many seconds first.
        turns: how often each kind of steps is timed.
        turn_seconds: how long ordinary steps take in a turn.
    """

    seconds: float = 600.0
    compilations: float = 50.0
    steps: int = 1000
    faster: float = 1.1
    look_after: float = 5.0
    turns: int = 4
    turn_seconds: float = 0.15

    def worth_trying(self, steps: int, seconds_per_step: float) -> bool:
        """Whether enough is left to be done.

        Args:
            steps: how many are left.
            seconds_per_step: what an ordinary one takes.
        """
        return steps >= self.steps and steps * seconds_per_step >= self.seconds


@dataclass(frozen=True)
class Figures:
    """What was measured.

    Args:
        compile_seconds: the first compiled step, compilation included.
        ordinary: seconds for each ordinary step, by turns; empty: it was not worth going on.
        compiled: seconds for each compiled one.
    """

    compile_seconds: float
    ordinary: tuple[float, ...] = ()
    compiled: tuple[float, ...] = ()

    @property
    def faster(self) -> float:
        """How many times as fast compiled steps are: the median over the turns.

        Example:
            >>> Figures(1.0, ordinary=(4.0, 2.0, 3.0), compiled=(2.0, 2.0, 2.0)).faster
            1.5
        """
        pairs = zip(self.ordinary, self.compiled, strict=True)
        return statistics.median([one / other for one, other in pairs] or [0.0])

    def favours_compiled(self, limits: Limits) -> bool:
        """Whether compiled steps are to be taken: faster by enough, and faster in each turn."""
        pairs = zip(self.ordinary, self.compiled, strict=True)
        return self.faster >= limits.faster and all(one > other for one, other in pairs)

    def __str__(self) -> str:
        took = f"compilation took {self.compile_seconds:.1f} s"
        if not self.ordinary:
            return f"{took}, too long for what is left to be done"
        ordinary, compiled = (1 / statistics.median(t) for t in (self.ordinary, self.compiled))
        return f"{ordinary:,.0f} steps/s without XLA, {compiled:,.0f} with it; {took}"


def measure(
    ordinary: RunSteps,
    compiled: RunSteps,
    steps: int,
    seconds_per_step: float,
    limits: Limits,
    clock: Callable[[], float] = time.perf_counter,
) -> Figures:
    """Times both kinds of steps by turns, so that other load meets both.

    Args:
        ordinary: runs so many ordinary steps.
        compiled: runs so many compiled ones.
        steps: how many are left to be done.
        seconds_per_step: what an ordinary one takes in the training.
        limits: when to stop, how often to time.
        clock: tells the time in seconds.
    """

    def seconds(run: RunSteps, count: int) -> float:
        began = clock()
        run(count)
        return clock() - began

    seconds(ordinary, 1)
    compile_seconds = seconds(compiled, 1)
    if compile_seconds * limits.compilations > steps * seconds_per_step:
        return Figures(compile_seconds)
    turn = max(1, round(limits.turn_seconds / seconds_per_step))
    times: list[tuple[float, float]] = []
    for _ in range(limits.turns):
        times.append((seconds(ordinary, turn) / turn, seconds(compiled, turn) / turn))
    # The first turn also fills what is still empty.
    first, second = zip(*times[1:], strict=True)
    return Figures(compile_seconds, first, second)
