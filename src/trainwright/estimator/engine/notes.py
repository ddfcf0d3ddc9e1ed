"""What the ops of a session run note down for each other."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

v1 = tf.compat.v1


class Note:
    """A variable of whatever shape, in no collection: checkpoints know nothing of it.

    It has no initial value: who reads it has to assign it first. Made of single ops, of which a
    ``tf.Variable`` takes seven.

    Args:
        dtype: of its values.
        name: of its ops.
    """

    def __init__(self, dtype: tf.DType, name: str):
        self.dtype = dtype
        graph: Any = v1.get_default_graph()
        shared = graph.unique_name(f"{name}_note", mark_as_used=False)
        self._handle = tf.raw_ops.VarHandleOp(
            dtype=dtype, shape=None, shared_name=shared, name=f"{name}_note"
        )

    def assign(self, value: Any) -> Any:
        """The op that assigns a value."""
        value = (
            tf.cast(value, self.dtype) if tf.is_tensor(value) else tf.constant(value, self.dtype)
        )
        return tf.raw_ops.AssignVariableOp(resource=self._handle, value=value)

    def add(self, value: Any) -> Any:
        """The op that adds to a number."""
        return tf.raw_ops.AssignAddVariableOp(resource=self._handle, value=value)

    def read(self) -> Any:
        """The value."""
        return tf.raw_ops.ReadVariableOp(resource=self._handle, dtype=self.dtype)
