"""A recurrent network over sequence columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import tensorflow as tf

from trainwright.estimator.canned.layers import dense
from trainwright.estimator.canned.rnn.cells import CellRun
from trainwright.estimator.canned.rnn.stacks import CellStack
from trainwright.estimator.canned.rnn.unroll import unroll
from trainwright.estimator.columns import input_layer
from trainwright.estimator.columns.kinds import kept
from trainwright.estimator.columns.sequence import SequenceInput, sequence_input_layer
from trainwright.estimator.mode_keys import ModeKeys

v1 = tf.compat.v1

_SCOPE = "rnn_model"
_SEQUENCE_SCOPE = "sequence_features"
_CONTEXT_SCOPE = "dense_features"


class RecurrentOutput(NamedTuple):
    """What the network makes of a batch.

    Args:
        logits: ``[batch, units]``, or ``[batch, steps, units]``.
        mask: bool ``[batch, steps]``, false after the end of each sequence.
        trainable: the variables to train.
    """

    logits: tf.Tensor
    mask: tf.Tensor
    trainable: list[tf.Variable]


@dataclass(frozen=True)
class RecurrentNetwork:
    """Recurrent layers over sequence columns, then one dense layer.

    Args:
        sequence_columns: sequence columns that yield numbers.
        context_columns: dense columns, whose values join those of each step; None for none.
        make_cells: makes the layers.
        return_sequences: whether there are logits of each step, not of the last one only.
    """

    sequence_columns: Any
    context_columns: Any
    make_cells: Callable[[], CellStack]
    return_sequences: bool

    def __post_init__(self) -> None:
        for key in ("sequence_columns", "context_columns"):
            object.__setattr__(self, key, kept(getattr(self, key)))  # for the graph of each mode

    def __call__(self, features: Mapping[str, Any], mode: str, units: int) -> RecurrentOutput:
        """Builds the network.

        Args:
            features: tensors by name.
            mode: one of ModeKeys.
            units: size of the logits.
        """
        before = len(v1.trainable_variables())
        sequence = self._inputs(features)
        # Shared embeddings belong to no layer, and are not trained; their user was told of it.
        trainable = [
            variable
            for variable in v1.trainable_variables()[before:]
            if variable.name.startswith((f"{_SEQUENCE_SCOPE}/", f"{_CONTEXT_SCOPE}/"))
        ]
        before = len(v1.trainable_variables())
        with tf.name_scope(f"{_SCOPE}/"):
            mask = tf.sequence_mask(sequence.lengths, tf.shape(sequence.values)[1])
            outputs = self._layers(sequence.values, mask, mode == ModeKeys.TRAIN)
        logits = _logits(outputs, units)
        return RecurrentOutput(logits, mask, trainable + v1.trainable_variables()[before:])

    def _inputs(self, features: Mapping[str, Any]) -> SequenceInput:
        """The sequences, each step with the context, if there is any."""
        op_scope = f"{_SCOPE}/sequence_input_layer"
        sequence = sequence_input_layer(
            features, self.sequence_columns, _SEQUENCE_SCOPE, f"{op_scope}/{_SEQUENCE_SCOPE}"
        )
        with tf.name_scope(""):
            v1.summary.histogram(f"{op_scope}/sequence_length", sequence.lengths)
        if not self.context_columns:
            return sequence
        context = input_layer(features, self.context_columns, _CONTEXT_SCOPE)
        with tf.name_scope(f"{op_scope}/"):
            steps = tf.shape(sequence.values)[1]
            repeated = tf.tile(tf.expand_dims(context, 1), [1, steps, 1])
            return SequenceInput(
                tf.concat([sequence.values, repeated], 2, name="concat_context"), sequence.lengths
            )

    def _layers(self, values: tf.Tensor, mask: tf.Tensor, training: bool) -> tf.Tensor:
        """``[batch, steps, size]``, or of the last step ``[batch, size]``."""
        stack = self.make_cells()
        over_time = tf.transpose(values, [1, 0, 2])
        within = tf.transpose(mask)
        if not stack.cells:
            over_time, last = unroll(_pass_through(over_time), within)
        for cell, scope in zip(stack.cells, stack.scopes(f"{_SCOPE}/rnn"), strict=True):
            with tf.name_scope(f"{scope}/"):
                run = cell.start(over_time, scope, training)
                over_time, last = unroll(run, within)
        return tf.transpose(over_time, [1, 0, 2]) if self.return_sequences else last


def _pass_through(inputs: tf.Tensor) -> CellRun:
    """No layer at all: each step is its own output."""
    return CellRun(inputs, lambda given, states: (given, states), (), inputs.shape[-1])


def _logits(outputs: tf.Tensor, units: int) -> tf.Tensor:
    if outputs.shape.rank == 2:
        return dense(outputs, units, f"{_SCOPE}/logits").values
    shape = tf.shape(outputs)
    flat = dense(tf.reshape(outputs, [-1, outputs.shape[-1]]), units, f"{_SCOPE}/logits").values
    return tf.reshape(flat, [shape[0], shape[1], units])
