"""Cells that users make with Keras, of Keras 3 or of tf_keras, and cells of their own."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.canned.rnn.cells import (
    Cell,
    CellRun,
    GatedCell,
    GRUCell,
    LSTMCell,
    SimpleRNNCell,
    States,
    Weights,
)

v1 = tf.compat.v1

_OURS: dict[str, type[GatedCell]] = {
    "SimpleRNNCell": SimpleRNNCell,
    "LSTMCell": LSTMCell,
    "GRUCell": GRUCell,
}
_OPTIONS = {"LSTMCell": ("unit_forget_bias",), "GRUCell": ("reset_after",)}
_DEFAULT_INITIALIZERS: dict[str, Callable[[], Any]] = {
    "GlorotUniform": v1.glorot_uniform_initializer,
    "Orthogonal": v1.orthogonal_initializer,
    "Zeros": tf.zeros_initializer,
}


def call_without_variables(make: Callable[[], Any]) -> Any:
    """What the function returns; variables that it makes for random numbers are forgotten.

    Keras 3 cells make such a variable when they are constructed, which would end in checkpoints.
    """
    collection = v1.get_collection_ref(v1.GraphKeys.GLOBAL_VARIABLES)
    before = len(collection)
    made = make()
    collection[before:] = [
        variable for variable in collection[before:] if "seed_generator_state" not in variable.name
    ]
    return made


def cells_of(made: Any) -> tuple[list[Cell], str]:
    """The cells in what a user has made.

    Args:
        made: a cell, a ``StackedRNNCells``, or a list of cells.

    Returns:
        The cells, and the name of the stack; empty for a cell alone.

    Raises:
        InvalidArgumentError: it is nothing of that kind.
    """
    if isinstance(made, list | tuple):
        return [_cell(cell) for cell in made], "stacked_rnn_cells"
    if _is_keras(made, "StackedRNNCells"):
        return [_cell(cell) for cell in made.cells], _stable_name(made)
    return [_cell(made)], ""


def _cell(made: Any) -> Cell:
    for kind, ours in _OURS.items():
        if _is_keras(made, kind):
            return _equal_cell(made, ours, _OPTIONS.get(kind, ()))
    if isinstance(made, Cell):
        return made
    if not callable(getattr(made, "call", None)) or not hasattr(made, "state_size"):
        raise InvalidArgumentError(
            "rnn_cell_fn must make a cell: an object with call(inputs, states) and state_size, "
            f"such as tf.keras.layers.LSTMCell(32). Got {made!r} instead."
        )
    return UserCell(_stable_name(made), made)


def _stable_name(layer: Any) -> str:
    """Its name, without the number that Keras added because the process had made others before.

    A checkpoint needs the same names in each graph, however many were built before.
    """
    words = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", type(layer).__name__)
    automatic = re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()
    name = str(getattr(layer, "name", None) or automatic)
    return automatic if re.fullmatch(rf"{automatic}_\d+", name) else name


def _is_keras(made: Any, kind: str) -> bool:
    """Whether it is of exactly this class of Keras: a subclass may compute something else."""
    root = type(made).__module__.partition(".")[0]
    return type(made).__name__ == kind and root in ("keras", "tf_keras")


def _equal_cell(made: Any, ours: type[GatedCell], options: Sequence[str]) -> Cell:
    """A cell of ours that computes what one of Keras does."""
    gates = getattr(made, "recurrent_activation", None)
    return ours(
        units=made.units,
        name=_stable_name(made),
        activation=made.activation,
        recurrent_activation=gates if gates is not None else tf.sigmoid,
        weights=Weights(
            _initializer(made.kernel_initializer),
            _initializer(made.recurrent_initializer),
            _initializer(made.bias_initializer),
            made.kernel_constraint,
            made.recurrent_constraint,
            made.bias_constraint,
            made.use_bias,
        ),
        dropout=float(made.dropout or 0.0),
        recurrent_dropout=float(made.recurrent_dropout or 0.0),
        **{option: getattr(made, option) for option in options},
    )


def _initializer(given: Any) -> Any:
    """The initializer; one of the defaults follows the seed of the graph, as in 2.15."""
    kind = type(given).__name__
    config = given.get_config()
    plain = config.get("seed") is None and config.get("gain", 1.0) == 1.0
    if kind in _DEFAULT_INITIALIZERS and plain:
        return _DEFAULT_INITIALIZERS[kind]()
    return lambda shape, dtype=tf.float32, **_: tf.cast(
        given(tuple(shape), dtype=tf.as_dtype(dtype).name), dtype
    )


@dataclass(frozen=True)
class UserCell(Cell):
    """A cell that a user has written.

    Args:
        name: names the scope of its variables, where it is a Keras layer.
        cell: an object with ``call(inputs, states) -> output, states`` and ``state_size``.
    """

    name: str
    cell: Any

    def start(self, inputs: tf.Tensor, scope: str, training: bool) -> CellRun:
        """See :meth:`Cell.start`."""
        outer, _, own = scope.rpartition("/")
        flags = _training_flag(self.cell, training)
        initial = self._initial_states(inputs)
        with tf.name_scope(f"{outer}/"):
            if _of_keras(self.cell) and not self.cell.built:
                _rename(self.cell, own)
                call_without_variables(lambda: self.cell.build((None, inputs.shape[-1])))
            # Called once outside of the loop: cells may make their variables when first called.
            first, _ = self.cell(inputs[0], initial, **flags)

        def step(given: Any, before: States) -> tuple[tf.Tensor, States]:
            states = tf.nest.pack_sequence_as(initial, before)
            output, after = self.cell(given, states, **flags)
            return output, tuple(tf.nest.flatten(after))

        return CellRun(inputs, step, tuple(tf.nest.flatten(initial)), first.shape[-1])

    def _initial_states(self, inputs: tf.Tensor) -> Any:
        """The states before the first step, in the structure in which the cell takes them."""
        batch = tf.shape(inputs)[1]
        if hasattr(self.cell, "zero_state"):  # a cell of tf.compat.v1.nn.rnn_cell
            return self.cell.zero_state(batch, inputs.dtype)
        make = getattr(self.cell, "get_initial_state", None)
        if make is None:
            sizes = tf.nest.flatten(self.cell.state_size)
            return [tf.zeros([batch, int(size)], inputs.dtype) for size in sizes]
        offered = {"inputs": None, "batch_size": batch, "dtype": inputs.dtype}
        taken = inspect.signature(make).parameters
        made = make(**{key: value for key, value in offered.items() if key in taken})
        return list(made) if isinstance(made, list | tuple) else [made]


def _of_keras(cell: Any) -> bool:
    """Whether it is a layer of Keras, of whatever class."""
    roots = {base.__module__.partition(".")[0] for base in type(cell).__mro__}
    return bool(roots & {"keras", "tf_keras"})


def _training_flag(cell: Any, training: bool) -> dict[str, bool]:
    taken = inspect.signature(cell.call).parameters
    return {"training": training} if "training" in taken else {}


def _rename(layer: Any, name: str) -> None:
    """Gives a Keras layer, not yet built, the name that its variables shall have."""
    setattr(layer, "_name" if hasattr(layer, "_name") else "name", name)
