"""How long steps that run one by one wait for their input, estimated from samples.

Every few seconds one step is traced; what part of it the iterator took stands for the steps since
the sample before. Steps inside of the graph have clocks instead: see ``input_clock``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import tensorflow as tf

from trainwright.estimator.engine.input_clock import READS
from trainwright.estimator.hooks import SessionRunHook
from trainwright.events import announce

__all__ = ["SamplesInput", "share_of_reads"]

v1 = tf.compat.v1
_SECONDS_BETWEEN = 2.0


class SamplesInput(SessionRunHook):
    """Traces a step now and then, and announces how long steps have waited.

    Args:
        clock: tells the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._sampled = clock()
        self._began = 0.0
        self._seconds = 0.0
        self._reads: frozenset[str] = frozenset()

    def steps_unseen(self, global_step: int) -> int | None:
        """Any number: steps inside of the graph tell themselves."""
        del global_step
        return None

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Finds what reads iterators."""
        del coord
        operations = session.graph.get_operations()
        self._reads = frozenset(op.name for op in operations if op.type in READS)

    def before_run(self, run_context: Any) -> Any:
        """Asks for a trace where one is due."""
        del run_context
        self._began = self._clock()
        if self._began - self._sampled < _SECONDS_BETWEEN:
            return None
        options = v1.RunOptions(trace_level=v1.RunOptions.SOFTWARE_TRACE)
        return v1.train.SessionRunArgs([], options=options)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        """Announces what the trace shows."""
        del run_context
        now = self._clock()
        self._seconds += now - self._began
        if self._began - self._sampled < _SECONDS_BETWEEN:
            return
        self._sampled = now
        devices = run_values.run_metadata.step_stats.dev_stats
        nodes = [node for device in devices for node in device.node_stats]
        share = share_of_reads(nodes, self._reads)
        if share is not None:
            announce.on_input_wait(share * self._seconds)
        self._seconds = 0.0


def share_of_reads(nodes: Iterable[Any], reads: frozenset[str]) -> float | None:
    """What part of a traced step the ops that read took; None where none was traced.

    Args:
        nodes: NodeExecStats.
        reads: names of the ops that read.
    """
    spans = [(n.node_name, n.all_start_micros, n.all_end_rel_micros) for n in nodes]
    waits = [length for name, _, length in spans if name in reads]
    if not waits:
        return None
    begin = min(start for _, start, _ in spans)
    end = max(start + length for _, start, length in spans)
    share: float = max(waits) / max(end - begin, 1)
    return min(share, 1.0)
