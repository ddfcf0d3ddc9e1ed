"""The part of a graph that one training step needs, as something that can be put elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

v1 = tf.compat.v1

_QUEUES = ("Queue", "Reader", "Barrier", "Stage", "Unstage")
_OF_ONE_STEP = ("Stack", "Anonymous")


@dataclass(frozen=True)
class StepGraph:
    """Ops, and what they are given from outside.

    Args:
        definition: the ops as a GraphDef.
        operations: the same, as they stand in the graph.
        outside: tensors they read of ops that are not among them: handles of variables, tables
            and iterators first of all.
        after: ops, not among them, that must have run before them.
    """

    definition: Any
    operations: tuple[Any, ...]
    outside: tuple[Any, ...]
    after: tuple[Any, ...]

    def place(
        self,
        fetches: Sequence[Any],
        name: str,
        given: Mapping[str, Any] | None = None,
        waits: Mapping[str, Any] | None = None,
    ) -> list[Any]:
        """Puts a copy of the ops into the default graph, which is a function's.

        Args:
            fetches: tensors of the original ops.
            name: the prefix of the copies' names.
            given: name of a tensor outside -> the tensor that stands for it here; the others
                are captured.
            waits: name of an op outside -> the tensor to wait for in its place.

        Returns:
            The fetches' copies.
        """
        here: Any = v1.get_default_graph()
        known = given or {}
        inputs = {
            tensor.name: here.capture(known.get(tensor.name, tensor)) for tensor in self.outside
        }
        inputs.update({f"^{op}": tensor for op, tensor in (waits or {}).items()})
        copies: list[Any] = tf.graph_util.import_graph_def(
            self.definition,
            input_map=inputs,
            return_elements=[fetch.name for fetch in fetches],
            name=name,
        )
        for fetch, copy in zip(fetches, copies, strict=True):
            if tf.is_tensor(fetch):
                copy.set_shape(fetch.shape)
        return copies


def extract(
    graph: Any, graph_def: Any, fetches: Iterable[Any], without: Collection[str] = ()
) -> StepGraph:
    """What must run for these fetches.

    Args:
        graph: the graph.
        graph_def: its definition; making one takes long enough to make it only once.
        fetches: tensors or ops.
        without: names of ops to leave outside.
    """
    operations: dict[str, Any] = {}
    outside: dict[str, Any] = {}
    after: dict[str, Any] = {}
    waiting = [getattr(fetch, "op", fetch) for fetch in fetches]
    while waiting:
        operation = waiting.pop()
        if operation.name in operations:
            continue
        operations[operation.name] = operation
        for tensor in operation.inputs:
            if tensor.op.name in without or is_handle(tensor.op):
                outside[tensor.name] = tensor
            else:
                waiting.append(tensor.op)
        for before in operation.control_inputs:
            if before.name in without:
                after[before.name] = before
            elif not is_handle(before):
                waiting.append(before)
    return StepGraph(
        _definition(graph_def, operations),
        tuple(operations.values()),
        tuple(outside.values()),
        tuple(after.values()),
    )


def part_of(graph_def: Any, operations: Sequence[Any], waits: Collection[str] = ()) -> StepGraph:
    """Some ops, whatever they need being outside.

    Args:
        graph_def: the definition of their graph.
        operations: the ops.
        waits: names of ops that they wait for; that they wait for others is dropped.
    """
    names = {operation.name for operation in operations}
    tensors = [t for op in operations for t in op.inputs if t.op.name not in names]
    before = [op for operation in operations for op in operation.control_inputs]
    after = {op.name: op for op in before if op.name in waits and op.name not in names}
    return StepGraph(
        _definition(graph_def, names, after),
        tuple(operations),
        tuple({tensor.name: tensor for tensor in tensors}.values()),
        tuple(after.values()),
    )


def all_operations(fetches: Iterable[Any]) -> tuple[Any, ...]:
    """The ops that run for these fetches, and the handles of what they use."""
    found: dict[str, Any] = {}
    waiting = [getattr(fetch, "op", fetch) for fetch in fetches]
    while waiting:
        operation = waiting.pop()
        if operation.name not in found:
            found[operation.name] = operation
            waiting += [tensor.op for tensor in operation.inputs]
            waiting += operation.control_inputs
    return tuple(found.values())


def is_handle(operation: Any) -> bool:
    """Whether the op does nothing but name a resource that outlives the step.

    A variable, a table, an iterator; not a stack, nor what has no name of its own, which are made
    anew each time.
    """
    outputs = operation.outputs
    return (
        bool(outputs)
        and all(output.dtype == tf.resource for output in outputs)
        and operation.op_def.is_stateful
        and not operation.type.startswith(_OF_ONE_STEP)
    )


def obstacle(operations: Iterable[Any]) -> str | None:
    """Why these ops cannot run in a function's loop; None where they can."""
    for operation in operations:
        if operation.type == "Placeholder":
            return f"the step is fed through the placeholder {operation.name!r}"
        if any(output.dtype.name.endswith("_ref") for output in operation.outputs):
            return (
                f"{operation.name!r} is a variable of the old kind, without a resource "
                "(tf.compat.v1.enable_resource_variables() makes new ones)"
            )
        if operation.type.startswith(_QUEUES):
            return f"the input comes from a queue ({operation.name!r}, {operation.type})"
    return None


def _definition(graph_def: Any, operations: Collection[str], waits: Collection[str] = ()) -> Any:
    part = v1.GraphDef(versions=graph_def.versions, library=graph_def.library)
    for node in graph_def.node:
        if node.name not in operations:
            continue
        copy = part.node.add()
        copy.CopyFrom(node)
        # Ops to be placed beside may not be among these; their devices are named in any case.
        copy.attr.pop("_class", None)
        kept = [name for name in node.input if _kept(name, operations, waits)]
        del copy.input[:]
        copy.input.extend(kept)
    return part


def _kept(name: str, operations: Collection[str], waits: Collection[str]) -> bool:
    """Data inputs stay, wherever they come from; control inputs only of certain ops."""
    return not name.startswith("^") or name[1:] in operations or name[1:] in waits
