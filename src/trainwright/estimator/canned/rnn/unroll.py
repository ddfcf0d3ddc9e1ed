"""Running a cell over a batch of sequences, in the graph."""

from __future__ import annotations

from typing import Any, NamedTuple

import tensorflow as tf

from trainwright.estimator.canned.rnn.cells import CellRun


class LayerOutput(NamedTuple):
    """Outputs of each step, ``[steps, batch, size]``, and of the last one, ``[batch, size]``."""

    all_steps: tf.Tensor
    last: tf.Tensor


def unroll(run: CellRun, mask: tf.Tensor) -> LayerOutput:
    """The outputs of a cell over whole sequences.

    After the end of a sequence its states stay, and the last output is repeated; a sequence
    without steps has zeros.

    Args:
        run: the cell, with its inputs.
        mask: bool ``[steps, batch]``, false after the end of each sequence.
    """
    steps, batch = tf.shape(mask)[0], tf.shape(mask)[1]
    inputs = _array(run.inputs)
    within = _array(tf.expand_dims(mask, -1))
    outputs = tf.TensorArray(
        run.inputs.dtype, size=steps, element_shape=[mask.shape[1], run.output_size]
    )
    nothing = tf.zeros([batch, run.output_size], run.inputs.dtype)

    def body(at: Any, output: Any, states: Any, written: Any) -> Any:
        inside = within.read(at)
        new_output, new_states = run.step(inputs.read(at), states)
        output = tf.where(inside, new_output, output)
        kept = tuple(
            tf.where(inside, new, old) for new, old in zip(new_states, states, strict=True)
        )
        return at + 1, output, kept, written.write(at, output)

    _, last, _, written = tf.while_loop(
        lambda at, *_: at < steps, body, (0, nothing, run.states, outputs)
    )
    return LayerOutput(written.stack(), last)


def _array(values: tf.Tensor) -> tf.TensorArray:
    return tf.TensorArray(
        values.dtype, size=tf.shape(values)[0], element_shape=values.shape[1:]
    ).unstack(values)
