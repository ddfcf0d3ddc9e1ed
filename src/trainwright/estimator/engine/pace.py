"""How many steps make a session run."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.run_config import RunConfig

__all__ = ["SWITCH", "Pace", "wants_fused"]

SWITCH = "TRAINWRIGHT_FUSED"
_SECONDS_OF_A_RUN = 1.0
_GROWTH = 10


def wants_fused(config: RunConfig) -> bool | None:
    """Whether many steps are to make a session run; None: where that is possible.

    ``RunConfig(fused=...)`` decides; where that leaves it open, the environment variable
    ``TRAINWRIGHT_FUSED`` may be 0 to switch it off.

    Raises:
        InvalidArgumentError: the environment variable is something else.
    """
    if config.fused is not None:
        return config.fused
    switch = os.environ.get(SWITCH, "")
    if switch not in ("", "0", "1"):
        raise InvalidArgumentError(f"{SWITCH} must be 0 or 1. Got {switch!r} instead.")
    return False if switch == "0" else None


class Pace:
    """How many steps fit into a run.

    Args:
        clock: tells the time in seconds.

    Example:
        >>> pace = Pace()
        >>> pace.steps
        1
        >>> pace.took(steps=1, seconds=0.001)
        >>> pace.steps
        10
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.steps = 1
        self.seconds = 0.0
        """How long the last run took."""
        self._clock = clock

    @contextlib.contextmanager
    def timed(self, steps: int) -> Iterator[None]:
        """Learns from the run that the block is, unless that ends with an error.

        Args:
            steps: how many it does.
        """
        began = self._clock()
        yield
        self.took(steps, self._clock() - began)

    def took(self, steps: int, seconds: float) -> None:
        """Learns from a run.

        Args:
            steps: how many steps it did.
            seconds: how long it took.
        """
        self.seconds = seconds
        fitting = int(_SECONDS_OF_A_RUN * steps / max(seconds, 1e-6))
        # The first run also prepares things; the second may be of another length.
        self.steps = max(1, min(fitting, _GROWTH * max(steps, self.steps)))
