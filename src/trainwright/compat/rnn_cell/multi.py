"""Cells on top of each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from trainwright.compat.rnn_cell.base import RNNCell
from trainwright.errors import InvalidArgumentError

v1 = tf.compat.v1


class MultiRNNCell(RNNCell):
    """The outputs of each cell are the inputs of the next.

    Args:
        cells: the lowest first; the scope of each is ``cell_{number}``.
        state_is_tuple: whether a state is a tuple of the cells' states, or one tensor with all.

    Raises:
        InvalidArgumentError: no cells, or no list of them.
    """

    def __init__(self, cells: Sequence[Any], state_is_tuple: bool = True):
        super().__init__()
        if not isinstance(cells, Sequence) or not cells:
            raise InvalidArgumentError(
                f"MultiRNNCell takes a list of cells, at least one. Got {cells!r} instead."
            )
        self._cells = list(cells)
        self._state_is_tuple = state_is_tuple

    @property
    def state_size(self) -> Any:
        """A tuple of the cells' sizes, or their sum."""
        sizes = tuple(cell.state_size for cell in self._cells)
        return sizes if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self) -> Any:
        """That of the last cell."""
        return self._cells[-1].output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """A state of zeros."""
        if not self._state_is_tuple:
            return super().zero_state(batch_size, dtype)
        with v1.name_scope(f"{type(self).__name__}ZeroState"):
            return tuple(cell.zero_state(batch_size, dtype) for cell in self._cells)

    def call(self, inputs: Any, state: Any) -> tuple[Any, Any]:
        """One step of all cells."""
        states = state
        if not self._state_is_tuple:
            states = tf.split(state, [cell.state_size for cell in self._cells], axis=1)
        new_states = []
        for number, (cell, of_cell) in enumerate(zip(self._cells, states, strict=True)):
            with v1.variable_scope(f"cell_{number}"):
                inputs, new_state = cell(inputs, of_cell)
            new_states.append(new_state)
        return inputs, tuple(new_states) if self._state_is_tuple else tf.concat(new_states, 1)

    @property
    def variables(self) -> list[Any]:
        """Those of all cells."""
        return [variable for cell in self._cells for variable in cell.variables]

    @property
    def trainable_variables(self) -> list[Any]:
        """Those of all cells that training changes."""
        return [variable for cell in self._cells for variable in cell.trainable_variables]
