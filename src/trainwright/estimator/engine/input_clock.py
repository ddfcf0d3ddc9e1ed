"""How long steps inside of the graph wait for their input.

Two clocks are put around the ops that read the iterator: one that they wait for, one that waits
for them. They stand in the copy of a step that a loop repeats, not in the graph of the model,
whose ops get their seeds by their number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import tensorflow as tf

from trainwright.estimator.engine.step_graph import StepGraph

__all__ = ["ARRIVED", "ASKED", "READS", "waited", "with_clocks"]

READS = ("IteratorGetNext", "IteratorGetNextSync", "IteratorGetNextAsOptional")
"""Types of ops that read an iterator."""
_HANDED_ON = "_handed_on"


@dataclass(frozen=True)
class _Clock:
    """A tensor that is not in the graph of the model: the seconds since 1970, float64."""

    name: str


ASKED = _Clock("input_clock_asked:0")
ARRIVED = _Clock("input_clock_arrived:0")


def with_clocks(step: StepGraph) -> StepGraph | None:
    """The same ops, with :data:`ASKED` and :data:`ARRIVED`; None where they read no iterator.

    What the iterator gave is handed on by an op of its own, which waits for the second clock, and
    variables are read before the first: nothing else is computed in between.
    """
    definition = type(step.definition)()
    definition.CopyFrom(step.definition)
    reads = [node for node in definition.node if node.op in READS]
    if not reads:
        return None
    outputs = {op.name: op.outputs for op in step.operations if op.type in READS}
    _hand_on(definition, outputs)
    asked = definition.node.add(name=ASKED.name.partition(":")[0], op="Timestamp")
    asked.input.extend(f"^{node.name}" for node in definition.node if _reads_variable(node))
    arrived = definition.node.add(name=ARRIVED.name.partition(":")[0], op="Timestamp")
    for read in reads:
        read.input.append(f"^{asked.name}")
        arrived.input.append(f"^{read.name}")
    for node in definition.node:
        if node.name.endswith(_HANDED_ON):
            node.input.append(f"^{arrived.name}")
    return replace(step, definition=definition)


def _hand_on(definition: Any, outputs: Mapping[str, Sequence[Any]]) -> None:
    """Has ops read one op's outputs instead of the iterator's."""
    named = {
        (f"{name}:{index}" if index else name): f"{name}{_HANDED_ON}:{index}"
        for name, tensors in outputs.items()
        for index in range(len(tensors))
    }
    for node in definition.node:
        for place, given in enumerate(node.input):
            node.input[place] = named.get(given, given)
    for name, tensors in outputs.items():
        node = definition.node.add(name=f"{name}{_HANDED_ON}", op="IdentityN", device="/CPU:0")
        node.input.extend(f"{name}:{index}" for index in range(len(tensors)))
        node.attr["T"].list.type.extend(tensor.dtype.as_datatype_enum for tensor in tensors)


def _reads_variable(node: Any) -> bool:
    """Whether the op reads a variable and waits for nothing that the step computes."""
    return node.op == "ReadVariableOp" and not any(given.startswith("^") for given in node.input)


def waited(copies: dict[str, Any]) -> Any:
    """Seconds between the clocks of a step's copy; None where it has none."""
    if ASKED.name not in copies:
        return None
    return tf.subtract(copies[ARRIVED.name], copies[ASKED.name])
