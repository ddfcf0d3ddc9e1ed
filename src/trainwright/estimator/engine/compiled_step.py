"""A step whose numerical part is compiled by XLA.

The compiled part is made for one length of batches. A batch of another length, such as the last
one of an input, takes the ordinary ops instead, so that nothing is compiled twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf

from trainwright.estimator.engine.compilable import Cut
from trainwright.estimator.engine.input_clock import ARRIVED, ASKED, with_clocks
from trainwright.estimator.engine.step_graph import part_of


class CompiledStep:
    """A step in three parts, to be put together in a function.

    Args:
        graph_def: the graph's definition.
        parts: the step's ops.
        fetches: tensors that are wanted of it.
    """

    def __init__(self, graph_def: Any, parts: Cut, fetches: Sequence[Any]):
        names = [{operation.name for operation in part} for part in _sequence(parts)]
        early, middle, late = names
        before = part_of(graph_def, parts.before)
        timed = with_clocks(before)
        self._before, self._clocks = (before, []) if timed is None else (timed, [ASKED, ARRIVED])
        self._compiled = part_of(graph_def, parts.compiled)
        self._after = part_of(graph_def, parts.after, waits=early | middle)
        self._checks = [operation for operation in parts.after if operation.type == "Assert"]
        self._effects = [op for op in parts.compiled if not op.outputs or op.op_def.is_stateful]
        wanted = [tensor for tensor in fetches if tensor.op.name not in late]
        wanted = [*self._compiled.outside, *self._after.outside, *wanted]
        first = [tensor for tensor in wanted if tensor.op.name in early]
        second = [t for t in wanted if t.op.name in middle and t.op.name not in early]
        self._from_before = _different(first)
        self._from_compiled = _different(second)
        self._from_after = [tensor for tensor in fetches if tensor.op.name in late]
        self._inputs = [t for t in self._from_before if t.op.name not in middle]
        taken = {tensor.name for tensor in self._compiled.outside}
        self._inputs = [tensor for tensor in self._inputs if tensor.name in taken]

    def place(
        self, name: str, size: Any, handles: Mapping[str, Any]
    ) -> tuple[dict[str, Any], list[Any]]:
        """Puts the step into the default graph, which is a function's.

        Args:
            name: the prefix of the copies' names.
            size: the length of the batches that take the compiled part, an int64 scalar.
            handles: name of a variable's handle -> what stands for it here.

        Returns:
            The fetches' copies by name, and ops that must run, too.
        """
        fetches = [*self._from_before, *self._clocks]
        copies = self._before.place(fetches, f"{name}_before", handles)
        known = {t.name: copy for t, copy in zip(fetches, copies, strict=True)}
        inputs = [known[tensor.name] for tensor in self._inputs]
        with tf.control_dependencies(list(handles.values())):
            compiled = tf.equal(_length(inputs, size), size)
            done = tf.cond(
                compiled, lambda: self._by_xla(name, inputs), lambda: self._by_ops(name, inputs)
            )
        done = [done] if tf.is_tensor(done) else list(done)
        known.update({t.name: out for t, out in zip(self._from_compiled, done, strict=True)})
        for tensor in self._from_compiled:
            known[tensor.name].set_shape(tensor.shape)
        waits = {operation.name: done[0] for operation in self._after.after}
        *rest, checks = self._last(name, {**known, **handles}, waits)
        known.update({t.name: copy for t, copy in zip(self._from_after, rest, strict=True)})
        return known, checks

    def _last(self, name: str, known: Mapping[str, Any], waits: Mapping[str, Any]) -> list[Any]:
        fetches = [*self._from_after, *self._checks]
        copies = self._after.place(fetches, f"{name}_after", known, waits) if fetches else []
        count = len(self._from_after)
        return [*copies[:count], copies[count:]]

    def _by_xla(self, name: str, inputs: Sequence[Any]) -> list[Any]:
        def dense(*given: Any) -> list[Any]:
            known = {t.name: value for t, value in zip(self._inputs, given, strict=True)}
            return self._placed(name, known)

        outputs: list[Any] = tf.function(dense, jit_compile=True, autograph=False)(*inputs)
        return outputs

    def _by_ops(self, name: str, inputs: Sequence[Any]) -> list[Any]:
        known = {t.name: value for t, value in zip(self._inputs, inputs, strict=True)}
        return self._placed(name, known)

    def _placed(self, name: str, known: Mapping[str, Any]) -> list[Any]:
        copies = self._compiled.place([*self._from_compiled, *self._effects], name, known)
        count = len(self._from_compiled)
        effects = [getattr(copy, "op", copy) for copy in copies[count:]]
        with tf.control_dependencies(effects):
            return [tf.identity(copy) for copy in copies[:count]]


def _sequence(parts: Cut) -> Sequence[Sequence[Any]]:
    return parts.before, parts.compiled, parts.after


def _different(tensors: Sequence[Any]) -> list[Any]:
    return list({tensor.name: tensor for tensor in tensors}.values())


def _length(inputs: Sequence[Any], size: Any) -> Any:
    """The length of the batch; where all lengths are known, any size will do."""
    for value in inputs:
        if value.shape.rank and value.shape[0] is None:
            return tf.shape(value, out_type=tf.int64)[0]
    return tf.abs(size)
