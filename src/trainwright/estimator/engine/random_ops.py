"""Random ops that can be gone on with.

A random op of a graph keeps its state in its kernel, where nobody can read or set it. The state is
nothing but a count of the numbers drawn, so here each such op of the training step is replaced
by the stateless one of the same generator (Philox), with a counter that follows from the number
of the step: the same numbers as before, but known for any step.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import tensorflow as tf

from trainwright.estimator.engine.old_loops import in_old_loops
from trainwright.estimator.engine.random_functions import NumberedFunctions, salted
from trainwright.estimator.engine.random_kinds import (
    RANDOM_KINDS,
    Stream,
    keeps_random_state,
    seeds_of,
)
from trainwright.estimator.engine.stand_ins import StandIns
from trainwright.estimator.engine.step_graph import all_operations
from trainwright.estimator.hooks import SessionRunHook

v1 = tf.compat.v1
_SCOPE = "step_number"


class StepNumber(SessionRunHook):
    """The number of the step, from which its random numbers follow.

    As a hook it stands behind those that add to the graph: what they have added is replaced, too.

    Args:
        fetches: tensors and ops of the step, in the default graph.
        functions: those of the graph.
        seed: for ops without a seed.
    """

    def __init__(self, fetches: Iterable[Any], functions: NumberedFunctions, seed: int):
        self._fetches = list(fetches)
        self._functions = functions
        self._seed = seed
        self.remaining: tuple[str, ...] = ()
        """Names of random ops that could not be replaced, once it has begun."""
        self.stand_ins = StandIns(v1.get_default_graph())
        """What to run instead, once it has begun."""
        with tf.name_scope(_SCOPE):
            self.variable = v1.Variable(
                0, trainable=False, collections=[], dtype=tf.int64, use_resource=True, name="number"
            )
            """int64 scalar, in no collection; to be set to the global step in a new session."""
            self._step = self.variable.read_value()

    def moved_on(self, after: Iterable[Any]) -> Any:
        """An op that moves it on by a step.

        Args:
            after: tensors and ops of the step, to be done before.
        """
        with tf.control_dependencies([getattr(each, "op", each) for each in after]):
            return self.variable.assign_add(1, read_value=False)

    def begin(self) -> None:
        """Replaces the random ops."""
        # Made later, it would ask for what is to be replaced.
        v1.train.Scaffold.get_or_default(
            "summary_op", v1.GraphKeys.SUMMARY_OP, v1.summary.merge_all
        )
        remaining, instead, changed = [], {}, {}
        inside = in_old_loops(v1.get_default_graph().get_operations())
        for operation in all_operations(self._fetches):
            node = operation.node_def
            calls = self._functions.draws(node)
            if not calls and not keeps_random_state(node):
                continue
            if operation.name in inside:
                remaining.append(operation.name)
            elif node.op in RANDOM_KINDS:
                instead[operation.outputs[0].name] = self._drawn(operation)
            elif calls and self._functions.can_be_told(node):
                given = f"{_SCOPE}/for/{operation.name}"
                instead[f"{given}:0"] = self._number_for(operation)
                changed[operation.name] = self._functions.told(node, given)
            else:
                remaining.append(operation.name)
        self.stand_ins.make(instead, changed, self._functions.made.values())
        self.remaining = (*remaining, *sorted(self._functions.remaining))

    def _drawn(self, operation: Any) -> Any:
        (old,) = operation.outputs
        seeds = seeds_of(operation.node_def, self._seed)
        with v1.device(operation.device), tf.name_scope(f"{operation.name}/numbered/"):
            kind = RANDOM_KINDS[operation.type]
            stream = Stream(seeds, self._step, counted=True)
            drawn = kind.draw(operation.inputs, stream, old.dtype)
        drawn.set_shape(old.shape)
        return drawn

    def _number_for(self, operation: Any) -> Any:
        with tf.name_scope(f"{operation.name}/numbered/"):
            return salted(self._step, f"{self._seed} {operation.name}")


def number_random_ops(fetches: Iterable[Any], seed: int) -> StepNumber | None:
    """Prepares to replace the random ops that run for these fetches.

    Args:
        fetches: tensors and ops of the default graph, which no session has run yet.
        seed: where neither an op nor the graph has one.

    Returns:
        None where there are no random ops.
    """
    fetches = list(fetches)
    nodes = [operation.node_def for operation in all_operations(fetches)]
    graph = v1.get_default_graph()
    if graph.seed is not None:
        seed = graph.seed
    functions = NumberedFunctions(graph.as_graph_def().library, seed)
    if not any(keeps_random_state(node) or functions.draws(node) for node in nodes):
        return None
    return StepNumber(fetches, functions, seed)
