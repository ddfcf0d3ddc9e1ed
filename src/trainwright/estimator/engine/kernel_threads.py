"""Which threads compute a run of the loop, chosen by measuring.

A pool of threads computes ops beside each other, and wakes threads to do so. At small batches that
takes longer than the ops, and takes the cores from those that read the input; one thread that
computes op after op is faster then. Results do not depend on it: the ops are the same, and each
awaits its inputs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import tensorflow as tf

from trainwright.estimator.engine.tiny_numbers import can_be_zero, taken_for_zero

__all__ = ["KernelThreads", "has_pools"]

v1 = tf.compat.v1

_SHORTEST = 0.005
_TRIES = 3
_RUNS_BETWEEN = 100


class KernelThreads:
    """Takes both by turns, then the faster one for a while.

    Args:
        fixed: do not try: the pool it is.

    Example:
        >>> threads = KernelThreads()
        >>> for _ in range(6):
        ...     threads.took(steps=100, seconds=0.02 if threads.single else 0.03)
        >>> threads.single
        True
    """

    def __init__(self, fixed: bool = False) -> None:
        self.single = False
        """Whether the next run is to be computed by one thread."""
        # Elsewhere the one thread would compute other digits of numbers below 1e-38.
        self._fixed = fixed or not can_be_zero()
        self._tried: dict[bool, list[float]] = {False: [], True: []}
        self._runs_left = 0

    @contextlib.contextmanager
    def running(self) -> Iterator[Any]:
        """Around the next run, in the thread that calls it; gives its RunOptions or None."""
        if not self.single:
            yield None
            return
        with taken_for_zero():
            yield v1.RunOptions(inter_op_thread_pool=-1)

    def took(self, steps: int, seconds: float) -> None:
        """Learns from a run.

        Args:
            steps: how many it did.
            seconds: how long it took; of a shorter one than 5 ms nothing is learned.
        """
        if self._fixed or seconds < _SHORTEST:
            return
        if self._runs_left:
            self._runs_left -= 1
            return
        self._tried[self.single].append(seconds / steps)
        if min(map(len, self._tried.values())) < _TRIES:
            self.single = len(self._tried[True]) < len(self._tried[False])
            return
        self.single = _median(self._tried[True]) <= _median(self._tried[False])
        self._tried = {False: [], True: []}
        self._runs_left = _RUNS_BETWEEN


def has_pools(session_config: Any) -> bool:
    """Whether somebody said how many threads there are to be.

    Args:
        session_config: a ConfigProto or None.

    Example:
        >>> has_pools(None), has_pools(v1.ConfigProto(inter_op_parallelism_threads=2))
        (False, True)
    """
    return session_config is not None and bool(
        session_config.inter_op_parallelism_threads or session_config.session_inter_op_thread_pool
    )


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]
