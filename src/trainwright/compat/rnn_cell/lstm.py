"""Long short-term memory."""

from __future__ import annotations

from typing import Any, NamedTuple

import tensorflow as tf

from trainwright.compat.layers.base import activation_function, known_dimension
from trainwright.compat.rnn_cell.base import RNNCell
from trainwright.errors import InvalidArgumentError

v1 = tf.compat.v1


class LSTMStateTuple(NamedTuple):
    """The state of a cell.

    Args:
        c: what it remembers, ``[batch, units]``.
        h: what it gave last, ``[batch, outputs]``.
    """

    c: Any
    h: Any

    @property
    def dtype(self) -> Any:
        """The type that both parts have.

        Raises:
            TypeError: they have different ones.
        """
        if self.c.dtype != self.h.dtype:
            raise TypeError(f"The parts of the state differ: {self.c.dtype} and {self.h.dtype}.")
        return self.c.dtype


class _LSTM(RNNCell):
    """What both cells share: units, gates, and the two forms of a state."""

    def __init__(
        self,
        num_units: int,
        outputs: int,
        forget_bias: float,
        state_is_tuple: bool,
        activation: Any,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self._num_units = num_units
        self._outputs = outputs
        self._forget_bias = forget_bias
        self._state_is_tuple = state_is_tuple
        self._activation = activation_function(activation) or tf.tanh

    @property
    def state_size(self) -> Any:
        """An LSTMStateTuple of sizes, or their sum."""
        if self._state_is_tuple:
            return LSTMStateTuple(self._num_units, self._outputs)
        return self._num_units + self._outputs

    @property
    def output_size(self) -> int:
        """Units, or the size of the projection."""
        return self._outputs

    def _make_gates(self, input_shape: Any, initializer: Any = None) -> None:
        """Makes ``kernel [inputs + outputs, 4 * units]`` and ``bias [4 * units]``."""
        inputs = known_dimension(input_shape, -1, self.name)
        shape = [inputs + self._outputs, 4 * self._num_units]
        self._kernel = self.add_weight("kernel", shape, initializer=initializer)
        self._bias = self.add_weight(
            "bias", [4 * self._num_units], initializer=v1.zeros_initializer()
        )

    def _parts(self, state: Any) -> tuple[Any, Any]:
        if self._state_is_tuple:
            c, h = state
            return c, h
        c, h = tf.split(state, [self._num_units, self._outputs], axis=1)
        return c, h

    def _state(self, c: Any, h: Any) -> Any:
        return LSTMStateTuple(c, h) if self._state_is_tuple else tf.concat([c, h], 1)

    def _gates(self, inputs: Any, h: Any) -> Any:
        """Input gate, new input, forget gate and output gate, before their activations."""
        joined = tf.matmul(tf.concat([inputs, h], 1), self._kernel)
        return tf.split(tf.nn.bias_add(joined, self._bias), 4, axis=1)


class BasicLSTMCell(_LSTM):
    """An LSTM cell, as of https://arxiv.org/abs/1409.2329.

    Args:
        num_units: size of the memory and of the outputs.
        forget_bias: added to the forget gate.
        state_is_tuple: whether a state is an LSTMStateTuple, or one tensor with both parts.
        activation: in place of tanh.
        reuse: whether to use variables that are there under its name.
        name: its variable scope; None: ``basic_lstm_cell``.
        dtype: of its variables; None: that of the inputs.
        **kwargs: as for :class:`RNNCell`.
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        activation: Any = None,
        reuse: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ):
        super().__init__(
            num_units,
            num_units,
            forget_bias,
            state_is_tuple,
            activation,
            name=name,
            dtype=dtype,
            _reuse=reuse,
            **kwargs,
        )

    def build(self, input_shape: Any) -> None:
        """Makes kernel and bias of the gates."""
        self._make_gates(input_shape)

    def call(self, inputs: Any, state: Any) -> tuple[Any, Any]:
        """One step."""
        c, h = self._parts(state)
        i, j, f, o = self._gates(inputs, h)
        remembered = c * tf.sigmoid(f + self._forget_bias)
        c = remembered + tf.sigmoid(i) * self._activation(j)
        h = self._activation(c) * tf.sigmoid(o)
        return h, self._state(c, h)


class LSTMCell(_LSTM):
    """An LSTM cell with peepholes, clipping and a projection, where wanted.

    Args:
        num_units: size of the memory.
        use_peepholes: whether the gates see the memory.
        cell_clip: greatest absolute value of the memory.
        initializer: of the kernels; None: that of the variable scope.
        num_proj: size of the outputs, where they are a projection of the units.
        proj_clip: greatest absolute value of the projection.
        num_unit_shards: not supported.
        num_proj_shards: not supported.
        forget_bias: added to the forget gate.
        state_is_tuple: whether a state is an LSTMStateTuple, or one tensor with both parts.
        activation: in place of tanh.
        reuse: whether to use variables that are there under its name.
        name: its variable scope; None: ``lstm_cell``.
        dtype: of its variables; None: that of the inputs.
        **kwargs: as for :class:`RNNCell`.

    Raises:
        InvalidArgumentError: shards, which are long gone: use a partitioner of the variable scope.
    """

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        cell_clip: float | None = None,
        initializer: Any = None,
        num_proj: int | None = None,
        proj_clip: float | None = None,
        num_unit_shards: int | None = None,
        num_proj_shards: int | None = None,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        activation: Any = None,
        reuse: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ):
        if num_unit_shards is not None or num_proj_shards is not None:
            raise InvalidArgumentError(
                "LSTMCell does not support num_unit_shards and num_proj_shards. Got "
                f"{num_unit_shards!r} and {num_proj_shards!r}.",
                hint="Give the variable scope a partitioner.",
            )
        super().__init__(
            num_units,
            num_proj or num_units,
            forget_bias,
            state_is_tuple,
            activation,
            name=name,
            dtype=dtype,
            _reuse=reuse,
            **kwargs,
        )
        self._use_peepholes = use_peepholes
        self._cell_clip = cell_clip
        self._initializer = initializer
        self._num_proj = num_proj
        self._proj_clip = proj_clip

    def build(self, input_shape: Any) -> None:
        """Makes the gates, and peepholes and projection where wanted."""
        self._make_gates(input_shape, self._initializer)
        self._peepholes = {
            gate: self.add_weight(
                f"w_{gate}_diag", [self._num_units], initializer=self._initializer
            )
            for gate in ("f", "i", "o")
            if self._use_peepholes
        }
        self._projection = None
        if self._num_proj is not None:
            self._projection = self.add_weight(
                "projection/kernel",
                [self._num_units, self._num_proj],
                initializer=self._initializer,
            )

    def call(self, inputs: Any, state: Any) -> tuple[Any, Any]:
        """One step."""
        c, h = self._parts(state)
        i, j, f, o = self._gates(inputs, h)
        remembered = tf.sigmoid(f + self._forget_bias + self._peep("f", c)) * c
        c = remembered + tf.sigmoid(i + self._peep("i", c)) * self._activation(j)
        c = _clipped(c, self._cell_clip)
        h = tf.sigmoid(o + self._peep("o", c)) * self._activation(c)
        if self._projection is not None:
            h = _clipped(tf.matmul(h, self._projection), self._proj_clip)
        return h, self._state(c, h)

    def _peep(self, gate: str, c: Any) -> Any:
        """What a gate sees of the memory."""
        return self._peepholes[gate] * c if self._use_peepholes else 0.0


def _clipped(values: Any, limit: float | None) -> Any:
    return values if limit is None else tf.clip_by_value(values, -limit, limit)
