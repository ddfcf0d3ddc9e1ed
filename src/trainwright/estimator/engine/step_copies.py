"""Steps on copies: a second session of the training graph, to see how long steps take in it.

It has variables, tables and an input of its own, so that nothing of what it does reaches the
training. Steps that do something outside of TensorFlow are not for it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import tensorflow as tf

from trainwright.estimator.engine.graph import ModelGraph
from trainwright.estimator.engine.in_graph_loop import InGraphLoop
from trainwright.estimator.engine.late_ops import adding_ops
from trainwright.estimator.engine.random_functions import NumberedFunctions
from trainwright.estimator.engine.random_kinds import keeps_random_state
from trainwright.estimator.engine.seen_outside import seen_outside
from trainwright.estimator.engine.step_graph import all_operations

__all__ = ["cannot_be_copied", "copied_session"]

v1 = tf.compat.v1
_VARIABLE = "VarHandleOp"
_COPIED = (_VARIABLE, "HashTableV2", "IteratorV2")
_MOST_BYTES = 256 << 20


def cannot_be_copied(graph: Any, loop: InGraphLoop) -> str | None:
    """Why a second session cannot do the training's steps; None where it can.

    Args:
        graph: the training graph.
        loop: the steps.
    """
    for tensor in loop.body.outside:
        if tensor.op.type not in _COPIED:
            return f"{tensor.op.name!r} ({tensor.op.type}) cannot be copied"
    sizes = [_bytes_of(handle) for handle in _variables(loop)]
    if sum(sizes) > _MOST_BYTES:
        return f"copies of its variables take more than {_MOST_BYTES >> 20} MB"
    definition = graph.as_graph_def()
    return _drawing(definition, loop) or _seen_outside(graph, definition, loop)


@contextmanager
def copied_session(
    model: ModelGraph, config: Any, session: Any, loops: Sequence[InGraphLoop]
) -> Iterator[Any]:
    """A session with copies of what the steps use, and the input at its beginning.

    Args:
        model: the training graph.
        config: the session's ConfigProto, or None.
        session: the training's.
        loops: the steps, that of the training first.

    Raises:
        tf.errors.OpError: something cannot be copied after all.
    """
    handles = _variables(loops[0])
    dtypes = [handle.op.get_attr("dtype") for handle in handles]
    with adding_ops(model.graph), tf.name_scope("step_copies"):
        pairs = list(zip(handles, dtypes, strict=True))
        values = [tf.raw_ops.ReadVariableOp(resource=each, dtype=dtype) for each, dtype in pairs]
        given = [v1.placeholder(dtype) for dtype in dtypes]
        assign = [
            tf.raw_ops.AssignVariableOp(resource=each, value=value)
            for each, value in zip(handles, given, strict=True)
        ]
    with v1.Session(graph=model.graph, config=config) as copies:
        copies.run(model.graph.get_collection(v1.GraphKeys.TABLE_INITIALIZERS))
        copies.run(assign, dict(zip(given, session.run(values), strict=True)))
        for iterator in model.model_input.iterators:
            iterator.after_create_session(copies, None)
        for loop in loops:
            loop.prepare(copies)
        yield copies


def _variables(loop: InGraphLoop) -> list[Any]:
    return [tensor for tensor in loop.body.outside if tensor.op.type == _VARIABLE]


def _bytes_of(handle: Any) -> float:
    shape = tf.TensorShape(handle.op.get_attr("shape"))
    elements = shape.num_elements()
    return math.inf if elements is None else elements * handle.op.get_attr("dtype").size


def _drawing(definition: Any, loop: InGraphLoop) -> str | None:
    """What draws random numbers that follow from what it drew before: others in another loop."""
    functions = NumberedFunctions(definition.library, 0)
    for operation in loop.body.operations:
        node = operation.node_def
        if keeps_random_state(node) or functions.draws(node):
            return f"{node.name!r} ({node.op}) keeps a state of its random numbers"
    return None


def _seen_outside(graph: Any, definition: Any, loop: InGraphLoop) -> str | None:
    makers = [each for each in graph.get_operations() if each.type == "MakeIterator"]
    names = {each.name for each in (*loop.operations, *all_operations(makers))}
    return seen_outside(definition, names)
