"""Recurrent cells: plain, LSTM and GRU, with the names and arithmetic of 2.15's.

Keras 3 cells cannot be built in two graphs with the same variable names, and add variables for
random numbers that checkpoints of 2.15 do not have; these have neither fault.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import tensorflow as tf

from trainwright.errors import InvalidArgumentError

v1 = tf.compat.v1

States = tuple[tf.Tensor, ...]
Step = Callable[[Any, States], tuple[tf.Tensor, States]]
"""From what a cell is given at one step and its states to its output and its new states."""


class CellRun(NamedTuple):
    """A cell in a graph, ready to be run over a batch of sequences."""

    inputs: tf.Tensor
    """What it is given at each step, ``[steps, batch, ...]``."""
    step: Step
    states: States
    """Its states before the first step, ``[batch, size]`` each."""
    output_size: int


class Cell(ABC):
    """What a layer of a recurrent network does at one step."""

    name: str

    @abstractmethod
    def start(self, inputs: tf.Tensor, scope: str, training: bool) -> CellRun:
        """Makes the variables and all that does not depend on the states.

        Args:
            inputs: float32 ``[steps, batch, n]``.
            scope: variables are called ``{scope}/...``.
            training: whether to drop inputs and states out.
        """


@dataclass(frozen=True)
class Weights:
    """How the variables of a cell are made.

    Args:
        kernel_initializer: takes a shape and a dtype; Glorot uniform at first.
        recurrent_initializer: the same; orthogonal at first.
        bias_initializer: the same; zeros at first.
        kernel_constraint: applied after each update; None for none.
        recurrent_constraint: the same.
        bias_constraint: the same.
        use_bias: whether there is a bias.
    """

    kernel_initializer: Any = None
    recurrent_initializer: Any = None
    bias_initializer: Any = None
    kernel_constraint: Any = None
    recurrent_constraint: Any = None
    bias_constraint: Any = None
    use_bias: bool = True


class Variables(NamedTuple):
    """``[n, gates * units]``, ``[units, gates * units]`` and a bias; None without."""

    kernel: tf.Variable
    recurrent: tf.Variable
    bias: tf.Variable | None


@dataclass(frozen=True)
class GatedCell(Cell):
    """What the cells of this module have in common.

    Args:
        units: size of the output.
        name: last part of the scope of its variables; empty: the name of its kind.
        activation: of the output; tanh at first.
        recurrent_activation: of the gates; a sigmoid at first.
        weights: how its variables are made.
        dropout: the share of inputs that is dropped in training, the same at each step.
        recurrent_dropout: the share of states that is dropped in training.

    Raises:
        InvalidArgumentError: units that is no positive integer, or a dropout outside [0, 1].
    """

    units: int
    name: str = ""
    activation: Callable[[Any], Any] = tf.tanh
    recurrent_activation: Callable[[Any], Any] = tf.sigmoid
    weights: Weights = Weights()
    dropout: float = 0.0
    recurrent_dropout: float = 0.0

    GATES: ClassVar[int] = 1
    STATES: ClassVar[int] = 1
    KIND: ClassVar[str] = ""

    def __post_init__(self) -> None:
        if isinstance(self.units, bool) or not hasattr(self.units, "__index__") or self.units < 1:
            raise InvalidArgumentError(
                f"units of a recurrent cell must be an int in the range [1, inf). Got "
                f"{self.units!r} instead."
            )
        for key in ("dropout", "recurrent_dropout"):
            if not 0.0 <= getattr(self, key) <= 1.0:
                raise InvalidArgumentError(
                    f"{key} of a recurrent cell must be in the range [0, 1]. Got "
                    f"{getattr(self, key)!r} instead."
                )
        object.__setattr__(self, "name", self.name or self.KIND)

    def start(self, inputs: tf.Tensor, scope: str, training: bool) -> CellRun:
        """See :meth:`Cell.start`. The inputs are multiplied by the kernel for all steps at once."""
        variables = self._make_variables(inputs.shape[-1], scope)
        batch = tf.shape(inputs)[1]
        if training and self.dropout:
            inputs *= _mask(self.dropout, [batch, inputs.shape[-1]])
        keep = None
        if training and self.recurrent_dropout:
            keep = _mask(self.recurrent_dropout, [batch, self.units])
        projected = tf.tensordot(inputs, variables.kernel, 1)
        bias = self._input_bias(variables.bias)
        if bias is not None:
            projected += bias

        def step(given: Any, states: States) -> tuple[tf.Tensor, States]:
            hidden = states[0] if keep is None else states[0] * keep
            return self._step(given, hidden, states, variables)

        zeros = tuple(tf.zeros([batch, self.units], inputs.dtype) for _ in range(self.STATES))
        return CellRun(projected, step, zeros, self.units)

    @abstractmethod
    def _step(
        self, given: tf.Tensor, hidden: tf.Tensor, states: States, variables: Variables
    ) -> tuple[tf.Tensor, States]:
        """One step; ``hidden`` is ``states[0]``, after dropout."""

    def _bias_shape(self) -> list[int]:
        return [self.GATES * self.units]

    def _bias_initializer(self) -> Any:
        return self.weights.bias_initializer or tf.zeros_initializer()

    def _input_bias(self, bias: Any) -> Any:
        return bias

    def _make_variables(self, inputs: int, scope: str) -> Variables:
        size, given = self.GATES * self.units, self.weights
        kernel = _variable(
            f"{scope}/kernel",
            [inputs, size],
            given.kernel_initializer or v1.glorot_uniform_initializer(),
            given.kernel_constraint,
        )
        recurrent = _variable(
            f"{scope}/recurrent_kernel",
            [self.units, size],
            given.recurrent_initializer or v1.orthogonal_initializer(),
            given.recurrent_constraint,
        )
        if not given.use_bias:
            return Variables(kernel, recurrent, None)
        bias = _variable(
            f"{scope}/bias", self._bias_shape(), self._bias_initializer(), given.bias_constraint
        )
        return Variables(kernel, recurrent, bias)


@dataclass(frozen=True)
class SimpleRNNCell(GatedCell):
    """``h' = activation(x K + b + h R)`` (Elman, 1990)."""

    KIND: ClassVar[str] = "simple_rnn_cell"

    def _step(
        self, given: tf.Tensor, hidden: tf.Tensor, states: States, variables: Variables
    ) -> tuple[tf.Tensor, States]:
        output = self.activation(given + tf.matmul(hidden, variables.recurrent))
        return output, (output,)


@dataclass(frozen=True)
class LSTMCell(GatedCell):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997), gates in the order i, f, c, o.

    Args:
        unit_forget_bias: whether the bias of the forget gate starts at 1.
    """

    unit_forget_bias: bool = True
    GATES: ClassVar[int] = 4
    STATES: ClassVar[int] = 2
    KIND: ClassVar[str] = "lstm_cell"

    def _bias_initializer(self) -> Any:
        own = super()._bias_initializer()
        if not self.unit_forget_bias:
            return own

        def with_open_forget_gate(shape: Any, dtype: Any = tf.float32, **_: Any) -> tf.Tensor:
            del shape
            parts = [own([self.units], dtype), tf.ones([self.units], dtype)]
            return tf.concat([*parts, own([2 * self.units], dtype)], 0)

        return with_open_forget_gate

    def _step(
        self, given: tf.Tensor, hidden: tf.Tensor, states: States, variables: Variables
    ) -> tuple[tf.Tensor, States]:
        sums = tf.split(given + tf.matmul(hidden, variables.recurrent), 4, axis=1)
        entry, forget, out = (self.recurrent_activation(sums[gate]) for gate in (0, 1, 3))
        memory = forget * states[1] + entry * self.activation(sums[2])
        output = out * self.activation(memory)
        return output, (output, memory)


@dataclass(frozen=True)
class GRUCell(GatedCell):
    """Gated recurrent unit (Cho et al., 2014), gates in the order z, r, h.

    Args:
        reset_after: whether the reset gate applies after the multiplication by the recurrent
            kernel; there are then two biases, ``[2, 3 * units]``.
    """

    reset_after: bool = True
    GATES: ClassVar[int] = 3
    KIND: ClassVar[str] = "gru_cell"

    def _bias_shape(self) -> list[int]:
        return [2, 3 * self.units] if self.reset_after else [3 * self.units]

    def _input_bias(self, bias: Any) -> Any:
        return bias[0] if bias is not None and self.reset_after else bias

    def _step(
        self, given: tf.Tensor, hidden: tf.Tensor, states: States, variables: Variables
    ) -> tuple[tf.Tensor, States]:
        size, kernel = self.units, variables.recurrent
        if self.reset_after:
            sums = tf.matmul(hidden, kernel)
            if variables.bias is not None:
                sums += variables.bias[1]
        else:
            sums = tf.matmul(hidden, kernel[:, : 2 * size])
        update = self.recurrent_activation(given[:, :size] + sums[:, :size])
        reset = self.recurrent_activation(given[:, size : 2 * size] + sums[:, size : 2 * size])
        if self.reset_after:
            recurrent = reset * sums[:, 2 * size :]
        else:
            recurrent = tf.matmul(reset * hidden, kernel[:, 2 * size :])
        candidate = self.activation(given[:, 2 * size :] + recurrent)
        output = update * states[0] + (1.0 - update) * candidate
        return output, (output,)


def _variable(name: str, shape: list[int], initializer: Any, constraint: Any) -> tf.Variable:
    return v1.get_variable(
        name, shape, initializer=initializer, constraint=constraint, use_resource=True
    )


def _mask(rate: float, shape: Any) -> tf.Tensor:
    """Zeros in that share of places, elsewhere ``1 / (1 - rate)``."""
    return tf.nn.dropout(tf.ones(shape), rate=rate)
