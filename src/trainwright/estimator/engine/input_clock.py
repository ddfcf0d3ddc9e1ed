"""How long steps inside of the graph wait for their input.

Two clocks are put around the ops that read the iterator: one that they wait for, one that waits
for them. They stand in the copy of a step that a loop repeats, not in the graph of the model,
whose ops get their seeds by their number.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import tensorflow as tf

from trainwright.estimator.engine.step_graph import StepGraph

__all__ = ["ARRIVED", "ASKED", "READS", "waited", "with_clocks"]

READS = ("IteratorGetNext", "IteratorGetNextSync", "IteratorGetNextAsOptional")
"""Types of ops that read an iterator."""


@dataclass(frozen=True)
class _Clock:
    """A tensor that is not in the graph of the model: the seconds since 1970, float64."""

    name: str


ASKED = _Clock("input_clock_asked:0")
ARRIVED = _Clock("input_clock_arrived:0")


def with_clocks(step: StepGraph) -> StepGraph | None:
    """The same ops, with :data:`ASKED` and :data:`ARRIVED`; None where they read no iterator."""
    definition = type(step.definition)()
    definition.CopyFrom(step.definition)
    reads = [node for node in definition.node if node.op in READS]
    if not reads:
        return None
    for clock in (ASKED, ARRIVED):
        definition.node.add(name=clock.name.partition(":")[0], op="Timestamp")
    for read in reads:
        read.input.append(f"^{definition.node[-2].name}")
        definition.node[-1].input.append(f"^{read.name}")
    return replace(step, definition=definition)


def waited(copies: dict[str, Any]) -> Any:
    """Seconds between the clocks of a step's copy; None where it has none."""
    if ASKED.name not in copies:
        return None
    return tf.subtract(copies[ARRIVED.name], copies[ASKED.name])
