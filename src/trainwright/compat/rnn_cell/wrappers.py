"""Cells around a cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from trainwright.compat.rnn_cell.base import RNNCell
from trainwright.compat.rnn_cell.lstm import LSTMStateTuple
from trainwright.errors import InvalidArgumentError


class _Wrapper(RNNCell):
    """A cell that has no scope and no variables of its own."""

    def __init__(self, cell: Any, **kwargs: Any):
        super().__init__(**kwargs)
        if not hasattr(cell, "state_size") or not callable(cell):
            raise InvalidArgumentError(f"cell must be an RNNCell. Got {cell!r} instead.")
        self.cell = cell

    @property
    def wrapped_cell(self) -> Any:
        """The cell inside."""
        return self.cell

    @property
    def state_size(self) -> Any:
        """That of the cell inside."""
        return self.cell.state_size

    @property
    def output_size(self) -> Any:
        """That of the cell inside."""
        return self.cell.output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """That of the cell inside."""
        return self.cell.zero_state(batch_size, dtype)

    @property
    def variables(self) -> list[Any]:
        """Those of the cell inside."""
        return list(self.cell.variables)

    @property
    def trainable_variables(self) -> list[Any]:
        """Those of the cell inside that training changes."""
        return list(self.cell.trainable_variables)

    def __call__(  # type: ignore[override]
        self, inputs: Any, state: Any, scope: Any = None, **kwargs: Any
    ) -> Any:
        """One step of the cell inside, changed on the way in or out."""
        return self.wrap(inputs, state, scope, **kwargs)

    def wrap(self, inputs: Any, state: Any, scope: Any, **kwargs: Any) -> Any:
        """What the wrapper does with a step."""
        raise NotImplementedError(f"{type(self).__name__} has no wrap.")


class ResidualWrapper(_Wrapper):
    """Adds the inputs to the outputs.

    Args:
        cell: the cell inside.
        residual_fn: ``residual_fn(inputs, outputs)`` in place of the sum.
        **kwargs: as for :class:`RNNCell`.
    """

    def __init__(
        self, cell: Any, residual_fn: Callable[[Any, Any], Any] | None = None, **kwargs: Any
    ):
        super().__init__(cell, **kwargs)
        self._residual_fn = residual_fn

    def wrap(self, inputs: Any, state: Any, scope: Any, **kwargs: Any) -> Any:
        """Adds the inputs to the outputs."""
        outputs, new_state = self.cell(inputs, state, scope=scope, **kwargs)
        add = self._residual_fn or (lambda i, o: tf.nest.map_structure(tf.add, i, o))
        return add(inputs, outputs), new_state


class DeviceWrapper(_Wrapper):
    """Runs the cell on a device.

    Args:
        cell: the cell inside.
        device: the device's name.
        **kwargs: as for :class:`RNNCell`.
    """

    def __init__(self, cell: Any, device: str, **kwargs: Any):
        super().__init__(cell, **kwargs)
        self._device = device

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """That of the cell inside, on the device."""
        with tf.compat.v1.device(self._device):
            return self.cell.zero_state(batch_size, dtype)

    def wrap(self, inputs: Any, state: Any, scope: Any, **kwargs: Any) -> Any:
        """Enters the device."""
        with tf.compat.v1.device(self._device):
            return self.cell(inputs, state, scope=scope, **kwargs)


class DropoutWrapper(_Wrapper):
    """Sets inputs, outputs and states to zero at random.

    Args:
        cell: the cell inside.
        input_keep_prob: the share of inputs that is kept: a number, or a scalar tensor.
        output_keep_prob: that of the outputs.
        state_keep_prob: that of the states.
        variational_recurrent: whether all steps have the same mask,
            as of https://arxiv.org/abs/1512.05287; then dtype is needed, and input_size too where
            inputs are dropped.
        input_size: the inputs' size, without the batch.
        dtype: of inputs, outputs and states, for masks that are made beforehand.
        seed: of the masks.
        dropout_state_filter_visitor: from a state to which parts of it are dropped; None: all but
            the memory ``c`` of LSTMs.
        **kwargs: as for :class:`RNNCell`.

    Raises:
        InvalidArgumentError: a share outside of ``[0, 1]``, or a missing dtype or input_size.
    """

    def __init__(
        self,
        cell: Any,
        input_keep_prob: Any = 1.0,
        output_keep_prob: Any = 1.0,
        state_keep_prob: Any = 1.0,
        variational_recurrent: bool = False,
        input_size: Any = None,
        dtype: Any = None,
        seed: int | None = None,
        dropout_state_filter_visitor: Callable[[Any], Any] | None = None,
        **kwargs: Any,
    ):
        super().__init__(cell, dtype=dtype, **kwargs)
        self._keep = {
            "input_keep_prob": _checked_share("input_keep_prob", input_keep_prob),
            "output_keep_prob": _checked_share("output_keep_prob", output_keep_prob),
            "state_keep_prob": _checked_share("state_keep_prob", state_keep_prob),
        }
        self._seed = seed
        self._filter = dropout_state_filter_visitor or _all_but_memory
        self._masks: dict[str, Any] | None = None
        if variational_recurrent:
            self._masks = self._make_masks(dtype, input_size)

    def _make_masks(self, dtype: Any, input_size: Any) -> dict[str, Any]:
        """Random numbers that all steps use, with a batch of one."""
        if dtype is None:
            raise InvalidArgumentError("variational_recurrent needs dtype. Got None.")
        sizes = {"output_keep_prob": self.output_size, "state_keep_prob": self.state_size}
        if self._dropped("input_keep_prob"):
            if input_size is None:
                raise InvalidArgumentError(
                    "variational_recurrent with input_keep_prob needs input_size. Got None."
                )
            sizes["input_keep_prob"] = input_size
        return {name: self._noise(name, size, dtype) for name, size in sizes.items()}

    def _noise(self, name: str, sizes: Any, dtype: Any) -> list[Any]:
        flat = tf.nest.flatten(sizes) if not isinstance(sizes, tf.TensorShape) else [sizes]
        return [
            tf.random.uniform(
                [1, *tf.TensorShape(size).as_list()],
                dtype=dtype,
                seed=_part_seed(self._seed, name, number),
            )
            for number, size in enumerate(flat)
        ]

    def _dropped(self, name: str) -> bool:
        keep = self._keep[name]
        return bool(tf.is_tensor(keep)) or keep < 1.0

    def wrap(self, inputs: Any, state: Any, scope: Any, **kwargs: Any) -> Any:
        """Drops inputs, then states and outputs."""
        if self._dropped("input_keep_prob"):
            inputs = self._drop("input_keep_prob", inputs, True)
        outputs, new_state = self.cell(inputs, state, scope=scope, **kwargs)
        if self._dropped("state_keep_prob"):
            new_state = self._drop("state_keep_prob", new_state, self._filter(new_state))
        if self._dropped("output_keep_prob"):
            outputs = self._drop("output_keep_prob", outputs, True)
        return outputs, new_state

    def _drop(self, name: str, values: Any, wanted: Any) -> Any:
        """Drops those parts of a structure that are wanted."""
        flat = tf.nest.flatten(values)
        chosen = [wanted] * len(flat) if isinstance(wanted, bool) else tf.nest.flatten(wanted)
        dropped = [
            self._drop_one(name, number, value) if drop else value
            for number, (value, drop) in enumerate(zip(flat, chosen, strict=True))
        ]
        return tf.nest.pack_sequence_as(values, dropped)

    def _drop_one(self, name: str, number: int, value: Any) -> Any:
        keep = self._keep[name]
        if self._masks is None:
            seed = _part_seed(self._seed, name, number)
            return tf.nn.dropout(value, rate=1.0 - keep, seed=seed)
        keep = tf.cast(keep, value.dtype)
        kept = tf.floor(keep + self._masks[name][number])
        result = value / keep * kept
        result.set_shape(value.shape)
        return result


def _checked_share(name: str, value: Any) -> Any:
    if not tf.is_tensor(value) and not 0.0 <= value <= 1.0:
        raise InvalidArgumentError(
            f"{name} of DropoutWrapper must be in the range [0, 1]. Got {value!r} instead."
        )
    return value


def _part_seed(seed: int | None, name: str, number: int) -> int | None:
    """A seed for one mask, different from those of the others."""
    if seed is None:
        return None
    text = f"{seed}:{name}:{number}".encode()
    return int.from_bytes(text, "big") % (2**31 - 1)


def _all_but_memory(state: Any) -> Any:
    """Which parts of a state are dropped: all but the memory of LSTMs."""
    if isinstance(state, LSTMStateTuple):
        return LSTMStateTuple(c=False, h=True)
    if isinstance(state, list | tuple):
        return [_all_but_memory(part) for part in state]
    return True
