"""A function's ops put into a graph, in place of a call."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

_LOWERED = "_lower_using_switch_merge"
"""Set by TensorFlow on conditionals and loops that become plain ops."""


def inlined(
    function: Any, arguments: Sequence[Any], name: str, rare: str | None = None
) -> list[Any]:
    """The outputs of a function, computed by ops of the default graph.

    TensorFlow optimizes a function that is called twice: with the graph that calls it, and when it
    is made ready to run. For a training step in a loop that is half of the time to its first run.

    Args:
        function: made by ``tf.compat.v1.wrap_function`` in this graph.
        arguments: what it is called with.
        name: the prefix of the ops' names.
        rare: the name of conditionals, in the function or what it calls, whose branches remain
            functions. Such a branch costs a call if it is taken; of others, each input costs an op
            even if it is not.
    """
    given = [*arguments, *function.captured_inputs]
    definition = function.graph.as_graph_def()
    if rare is not None:
        bodies = [definition.node, *(body.node_def for body in definition.library.function)]
        for node in itertools.chain(*bodies):
            if node.name.rpartition("_")[0] == rare or node.name == rare:
                node.attr[_LOWERED].b = False
    outputs: list[Any] = tf.graph_util.import_graph_def(
        definition,
        input_map={inner.name: outer for inner, outer in zip(function.inputs, given, strict=True)},
        return_elements=[output.name for output in function.outputs],
        name=name,
    )
    return outputs
