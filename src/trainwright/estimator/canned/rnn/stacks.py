"""The layers of a recurrent network: which cells, and under which names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from trainwright.errors import InvalidArgumentError, did_you_mean
from trainwright.estimator.canned.rnn.cells import Cell, GatedCell, GRUCell, LSTMCell, SimpleRNNCell
from trainwright.estimator.canned.rnn.keras_cells import call_without_variables, cells_of

KINDS: dict[str, type[GatedCell]] = {
    "simple_rnn": SimpleRNNCell,
    "lstm": LSTMCell,
    "gru": GRUCell,
}
"""What ``cell_type`` may name."""

STACK_SCOPE = "stacked_rnn_cells"


@dataclass(frozen=True)
class CellStack:
    """The cells of a network, from the first layer to the last.

    Args:
        cells: the cells.
        scope: what stands between the network's scope and that of each cell; empty for nothing.
    """

    cells: tuple[Cell, ...]
    scope: str = ""

    def scopes(self, within: str) -> list[str]:
        """The scope of each cell's variables, within another scope."""
        outer = f"{within}/{self.scope}" if self.scope else within
        return [f"{outer}/{name}" for name in distinct([cell.name for cell in self.cells])]


def distinct(names: Sequence[str]) -> list[str]:
    """The names, with numbers where one comes again.

    Example:
        >>> distinct(["lstm_cell", "lstm_cell", "gru_cell"])
        ['lstm_cell', 'lstm_cell_1', 'gru_cell']
    """
    made: list[str] = []
    for name in names:
        candidates = [name, *(f"{name}_{number}" for number in range(1, len(names)))]
        made.append(next(candidate for candidate in candidates if candidate not in made))
    return made


def stack_maker(
    units: Sequence[int] | None, cell_type: Any, rnn_cell_fn: Callable[[], Any] | None
) -> Callable[[], CellStack]:
    """What makes the cells anew for each graph.

    Args:
        units: the size of each layer, from the first to the last.
        cell_type: a name of :data:`KINDS`, or a function (or class) of ``units`` that makes a
            Keras cell; None for plain recurrent layers.
        rnn_cell_fn: makes a Keras cell, a ``StackedRNNCells``, or a list of cells, in place of
            both.

    Raises:
        InvalidArgumentError: both a function and units or a type, neither a function nor units,
            or an unknown type.
    """
    if rnn_cell_fn is not None:
        if units is not None or cell_type is not None:
            raise InvalidArgumentError(
                "Give either rnn_cell_fn, or units and cell_type: the function makes the cells. "
                "Got both."
            )
        is_cell = not isinstance(rnn_cell_fn, type) and hasattr(rnn_cell_fn, "state_size")
        if is_cell or not callable(rnn_cell_fn):
            raise InvalidArgumentError(
                f"rnn_cell_fn must be a function that makes a cell. Got {rnn_cell_fn!r} instead."
            )
        return lambda: _stack_of(call_without_variables(rnn_cell_fn))
    if units is None:
        raise InvalidArgumentError(
            "Either units or rnn_cell_fn must be given: units is the size of each layer, such as "
            "[32, 16]."
        )
    sizes = _checked_units(units)
    make = _cell_maker(cell_type)
    return lambda: CellStack(
        tuple(make(size) for size in sizes), STACK_SCOPE if len(sizes) > 1 else ""
    )


def _checked_units(units: Any) -> tuple[int, ...]:
    if isinstance(units, str | bytes) or not hasattr(units, "__iter__"):
        raise InvalidArgumentError(f"units must be a list of ints. Got {units!r} instead.")
    sizes = tuple(units)
    for size in sizes:
        SimpleRNNCell(size)
    return sizes


def _cell_maker(cell_type: Any) -> Callable[[int], Cell]:
    if cell_type is None:
        return SimpleRNNCell
    if isinstance(cell_type, str) and cell_type in KINDS:
        return KINDS[cell_type]
    if isinstance(cell_type, str) or not callable(cell_type):
        hint = did_you_mean(cell_type, KINDS) if isinstance(cell_type, str) else None
        raise InvalidArgumentError(
            f"cell_type must be one of {', '.join(map(repr, KINDS))}, or a class of cells. "
            f"Got {cell_type!r} instead.",
            hint=hint,
        )

    def make(size: int) -> Cell:
        cells, _ = cells_of(call_without_variables(lambda: cell_type(units=size)))
        if len(cells) != 1:
            raise InvalidArgumentError(
                f"cell_type must make one cell. {cell_type!r} made {len(cells)}."
            )
        return cells[0]

    return make


def _stack_of(made: Any) -> CellStack:
    cells, scope = cells_of(made)
    return CellStack(tuple(cells), scope)
