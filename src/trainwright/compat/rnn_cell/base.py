"""What all cells share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from trainwright.compat.layers.base import Layer
from trainwright.errors import InvalidArgumentError

v1 = tf.compat.v1


class RNNCell(Layer):
    """One step of a recurrent network: from inputs and a state to outputs and the next state.

    Subclasses have the properties :attr:`state_size` and :attr:`output_size`, and the method
    ``call(inputs, state)`` returning ``(outputs, next_state)``.

    Args:
        trainable: whether its variables are trained.
        name: its variable scope; None: the class's name.
        dtype: of its variables; None: that of the inputs.
        **kwargs: as for :class:`trainwright.compat.layers.Layer`.
    """

    @property
    def state_size(self) -> Any:
        """The size of the state: an integer or TensorShape, or a structure of them."""
        raise NotImplementedError(f"{type(self).__name__} has no state_size.")

    @property
    def output_size(self) -> Any:
        """The size of the outputs: an integer or TensorShape."""
        raise NotImplementedError(f"{type(self).__name__} has no output_size.")

    def __call__(  # type: ignore[override]
        self, inputs: Any, state: Any, scope: Any = None, **kwargs: Any
    ) -> Any:
        """One step.

        Args:
            inputs: ``[batch, features]``.
            state: ``[batch, size]`` for each size in :attr:`state_size`, in its structure.
            scope: a variable scope for the first call, where the cell was given no name.
            **kwargs: further arguments of its call.

        Returns:
            Outputs ``[batch, output_size]``, and the next state.
        """
        return super().__call__(inputs, state, scope=scope, **kwargs)

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """A state of zeros.

        Args:
            batch_size: an integer, or a scalar tensor.
            dtype: of the state.
        """
        with v1.name_scope(f"{type(self).__name__}ZeroState"):
            return _map(lambda size: _zeros(batch_size, size, dtype), self.state_size)

    def get_initial_state(
        self, inputs: Any = None, batch_size: Any = None, dtype: Any = None
    ) -> Any:
        """A state of zeros for these inputs, or for a batch size and type."""
        if inputs is not None:
            inputs = tf.convert_to_tensor(inputs)
            batch_size, dtype = tf.shape(inputs)[0], inputs.dtype
        if batch_size is None or dtype is None:
            raise InvalidArgumentError(
                "get_initial_state needs inputs, or batch_size and dtype. "
                f"Got batch_size={batch_size!r}, dtype={dtype!r}."
            )
        return self.zero_state(batch_size, dtype)


def _map(function: Any, sizes: Any) -> Any:
    """Applies a function to each size; shapes count as one."""
    if isinstance(sizes, tf.TensorShape) or not isinstance(sizes, Sequence):
        return function(sizes)
    parts = [_map(function, size) for size in sizes]
    return type(sizes)(*parts) if hasattr(sizes, "_fields") else type(sizes)(parts)  # type: ignore[call-arg]


def _zeros(batch_size: Any, size: Any, dtype: Any) -> Any:
    inner = tf.TensorShape(size).as_list()
    zeros = tf.zeros([batch_size, *inner], dtype)
    known = tf.get_static_value(batch_size) if tf.is_tensor(batch_size) else batch_size
    zeros.set_shape([known, *inner])
    return zeros
