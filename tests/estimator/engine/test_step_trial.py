from __future__ import annotations

import itertools
from typing import Any

import pytest

from trainwright.estimator.engine.step_trial import Figures, Limits, measure


class Clock:
    """Goes on by what steps cost, and by so much for what comes before the first one."""

    def __init__(self, ordinary: Any, compiled: Any, compilation: float) -> None:
        self.now = 0.0
        self.runs: list[tuple[str, int]] = []
        self._costs = {"ordinary": itertools.cycle(ordinary), "compiled": itertools.cycle(compiled)}
        self._once = {"ordinary": 0.0, "compiled": compilation}

    def __call__(self) -> float:
        return self.now

    def steps(self, kind: str) -> Any:
        def run(steps: int) -> None:
            self.runs.append((kind, steps))
            once, self._once[kind] = self._once[kind], 0.0
            self.now += once or steps * next(self._costs[kind])

        return run

    def measure(self, steps: int, limits: Limits) -> Figures:
        return measure(
            self.steps("ordinary"), self.steps("compiled"), steps, 0.1, limits, clock=self
        )


def test_both_take_turns():
    clock = Clock([0.2], [0.1], 3.0)
    figures = clock.measure(1000, Limits(turns=4, turn_seconds=1.0, compilations=20))
    assert clock.runs == [("ordinary", 1), ("compiled", 1)] + 4 * [
        ("ordinary", 10),
        ("compiled", 10),
    ]
    assert figures.compile_seconds == pytest.approx(3.0)
    assert figures.ordinary == pytest.approx((0.2, 0.2, 0.2))
    assert figures.faster == pytest.approx(2.0)
    assert str(figures) == "5 steps/s without XLA, 10 with it; compilation took 3.0 s"


@pytest.mark.parametrize(
    ("ordinary", "compiled", "chosen"),
    [
        ([0.2], [0.1], True),
        ([0.2], [0.19], False),
        ([0.1], [0.2], False),
        # Faster by the median, but slower once: other load may be the reason of either.
        ([0.2], [0.1, 0.1, 0.3], False),
    ],
)
def test_what_is_faster_by_enough_is_taken(ordinary, compiled, chosen):
    limits = Limits(faster=1.1)
    figures = Clock(ordinary, [9.0, *3 * compiled], 1.0).measure(10_000, limits)
    assert figures.favours_compiled(limits) is chosen


def test_a_compilation_that_takes_too_long_ends_it():
    clock = Clock([0.2], [0.1], 3.0)
    figures = clock.measure(599, Limits(compilations=20))
    assert len(clock.runs) == 2
    assert not figures.favours_compiled(Limits())
    assert str(figures) == "compilation took 3.0 s, too long for what is left to be done"


def test_little_is_left_to_be_done():
    limits = Limits(seconds=60, steps=100)
    assert limits.worth_trying(600, 0.1)
    assert not limits.worth_trying(599, 0.1)
    assert not limits.worth_trying(99, 1.0)
