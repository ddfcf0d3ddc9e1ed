"""Where the input stands: the state of its iterators, shuffle buffers included."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import tensorflow as tf

from trainwright.estimator.engine.step_graph import all_operations

v1 = tf.compat.v1
_READS = ("IteratorGetNext", "IteratorGetNextSync")
_MAKES = "MakeIterator"
_IGNORE = 1
"""How tf.data treats what functions of a pipeline keep elsewhere: most keep nothing."""


class InputState:
    """Saves and restores the iterators that a training step reads.

    It adds ops to the default graph.

    Args:
        fetches: tensors and ops of the step.
    """

    def __init__(self, fetches: Iterable[Any]):
        reads = [op for op in all_operations(fetches) if op.type in _READS]
        self._reads = sorted(reads, key=lambda op: str(op.name))
        handles = {op.inputs[0].name: op.inputs[0] for op in self._reads}
        self._handles = list(handles.values())
        with tf.name_scope("input_state"):
            self._states = [_state_of(handle) for handle in self._handles]
            self._given = [v1.placeholder(tf.string, []) for _ in self._handles]
            self._restore = [
                tf.raw_ops.DeserializeIterator(
                    resource_handle=handle, serialized=tf.io.parse_tensor(given, tf.variant)
                )
                for handle, given in zip(self._handles, self._given, strict=True)
            ]

    @property
    def known(self) -> bool:
        """Whether the step reads iterators at all."""
        return bool(self._handles)

    def fingerprint(self) -> str:
        """A digest of what the input reads and does, as far as its graph tells."""
        graph: Any = v1.get_default_graph()
        names = {handle.name for handle in self._handles}
        made = [
            op for op in graph.get_operations() if op.type == _MAKES and op.inputs[1].name in names
        ]
        lines = sorted(_description(op) for op in all_operations(made))
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def read(self, session: Any) -> bytes:
        """The iterators' state.

        Raises:
            tf.errors.OpError: a dataset of a kind that has none.
        """
        return _packed(session.run(self._states))

    def restore(self, session: Any, contents: bytes) -> None:
        """Puts the iterators where they stood.

        Raises:
            tf.errors.OpError: the state is that of another input.
            ValueError: the same.
        """
        states = _unpacked(contents)
        if len(states) != len(self._given):
            raise ValueError(f"The state is that of {len(states)} iterators.")
        session.run(self._restore, dict(zip(self._given, states, strict=True)))

    def skip(self, session: Any, batches: int) -> None:
        """Reads so many batches and drops them.

        Raises:
            tf.errors.OutOfRangeError: the input has fewer.
        """
        for _ in range(batches):
            session.run(self._reads)


def _state_of(handle: Any) -> Any:
    state = tf.raw_ops.SerializeIterator(resource_handle=handle, external_state_policy=_IGNORE)
    return tf.io.serialize_tensor(state)


def _description(operation: Any) -> str:
    if operation.type != "Const":
        return str(operation.type)
    value = operation.get_attr("value").SerializeToString(deterministic=True)
    return f"Const {hashlib.sha256(value).hexdigest()}"


def _packed(states: Sequence[bytes]) -> bytes:
    return b"".join(len(state).to_bytes(8, "little") + state for state in states)


def _unpacked(contents: bytes) -> list[bytes]:
    states, place = [], 0
    while place < len(contents):
        begin = place + 8
        place = begin + int.from_bytes(contents[place:begin], "little")
        if place > len(contents):
            raise ValueError(f"The state is torn: of {place} bytes there are {len(contents)}.")
        states.append(contents[begin:place])
    return states
