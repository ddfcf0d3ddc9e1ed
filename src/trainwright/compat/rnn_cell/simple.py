"""Cells whose state is their output."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from trainwright.compat.layers.base import activation_function, known_dimension
from trainwright.compat.rnn_cell.base import RNNCell

v1 = tf.compat.v1


class BasicRNNCell(RNNCell):
    """``tanh([inputs, state] @ kernel + bias)``.

    Args:
        num_units: size of state and outputs.
        activation: in place of tanh.
        reuse: whether to use variables that are there under its name.
        name: its variable scope; None: ``basic_rnn_cell``.
        dtype: of its variables; None: that of the inputs.
        **kwargs: as for :class:`RNNCell`.
    """

    def __init__(
        self,
        num_units: int,
        activation: Any = None,
        reuse: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ):
        super().__init__(name=name, dtype=dtype, _reuse=reuse, **kwargs)
        self._num_units = num_units
        self._activation = activation_function(activation) or tf.tanh

    @property
    def state_size(self) -> int:
        """Units."""
        return self._num_units

    @property
    def output_size(self) -> int:
        """Units."""
        return self._num_units

    def build(self, input_shape: Any) -> None:
        """Makes ``kernel [inputs + units, units]`` and ``bias [units]``."""
        inputs = known_dimension(input_shape, -1, self.name)
        self._kernel = self.add_weight("kernel", [inputs + self._num_units, self._num_units])
        self._bias = self.add_weight("bias", [self._num_units], initializer=v1.zeros_initializer())

    def call(self, inputs: Any, state: Any) -> tuple[Any, Any]:
        """One step."""
        joined = tf.matmul(tf.concat([inputs, state], 1), self._kernel)
        output = self._activation(tf.nn.bias_add(joined, self._bias))
        return output, output


class GRUCell(RNNCell):
    """A gated recurrent unit, as of https://arxiv.org/abs/1406.1078.

    Args:
        num_units: size of state and outputs.
        activation: of the candidate, in place of tanh.
        reuse: whether to use variables that are there under its name.
        kernel_initializer: None: that of the variable scope, else Glorot's uniform one.
        bias_initializer: None: ones for the gates, zeros for the candidate.
        name: its variable scope; None: ``gru_cell``.
        dtype: of its variables; None: that of the inputs.
        **kwargs: as for :class:`RNNCell`.
    """

    def __init__(
        self,
        num_units: int,
        activation: Any = None,
        reuse: Any = None,
        kernel_initializer: Any = None,
        bias_initializer: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ):
        super().__init__(name=name, dtype=dtype, _reuse=reuse, **kwargs)
        self._num_units = num_units
        self._activation = activation_function(activation) or tf.tanh
        self._kernel_initializer = kernel_initializer
        self._bias_initializer = bias_initializer

    @property
    def state_size(self) -> int:
        """Units."""
        return self._num_units

    @property
    def output_size(self) -> int:
        """Units."""
        return self._num_units

    def build(self, input_shape: Any) -> None:
        """Makes kernels and biases of the gates and the candidate."""
        joined = known_dimension(input_shape, -1, self.name) + self._num_units
        ones, zeros = v1.ones_initializer(), v1.zeros_initializer()
        self._gates = self._dense("gates", joined, 2 * self._num_units, ones)
        self._candidate = self._dense("candidate", joined, self._num_units, zeros)

    def _dense(self, scope: str, inputs: int, units: int, bias: Any) -> tuple[Any, Any]:
        return (
            self.add_weight(
                f"{scope}/kernel", [inputs, units], initializer=self._kernel_initializer
            ),
            self.add_weight(f"{scope}/bias", [units], initializer=self._bias_initializer or bias),
        )

    def call(self, inputs: Any, state: Any) -> tuple[Any, Any]:
        """One step."""
        kernel, bias = self._gates
        gates = tf.nn.bias_add(tf.matmul(tf.concat([inputs, state], 1), kernel), bias)
        reset, update = tf.split(tf.sigmoid(gates), 2, axis=1)
        kernel, bias = self._candidate
        joined = tf.matmul(tf.concat([inputs, reset * state], 1), kernel)
        candidate = self._activation(tf.nn.bias_add(joined, bias))
        output = update * state + (1 - update) * candidate
        return output, output
