"""Writes what ``tf.compat.v1.layers`` and ``nn.rnn_cell`` of TensorFlow 2.15 compute.

Run it with TensorFlow 2.15, the last release that has them with Keras's default:

    python tests/oracle/generate_keras_layers.py tests/compat/expected.json

Each case is a small graph. Its variables are given values by their shapes, and names, outputs,
gradients and the effect of UPDATE_OPS are written down. The functions that build the graphs take
the modules as arguments: the tests call them with our own.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1


def make_inputs() -> dict[str, np.ndarray]:
    """Inputs by rank."""
    random = np.random.RandomState(11)
    shapes = {
        "vector": [3, 4],
        "sequence": [2, 5, 3],
        "image": [2, 5, 6, 2],
        "volume": [1, 4, 4, 4, 2],
    }
    return {name: random.normal(size=s).astype(np.float32) for name, s in shapes.items()}


def scale(factor: float) -> Callable[[Any], Any]:
    """A regularizer."""
    return lambda weights: factor * tf.reduce_sum(tf.square(weights))


def dense(layers: Any, cells: Any, x: dict[str, Any]) -> Any:
    hidden = layers.dense(x["vector"], 3, activation=tf.nn.relu, kernel_regularizer=scale(0.1))
    hidden = layers.dense(hidden, 4, name="named", use_bias=False, activity_regularizer=scale(0.2))
    with v1.variable_scope("outer"):
        hidden = layers.dense(hidden, 2)
        hidden = layers.dense(hidden, 2, tf.tanh)
    return layers.dense(hidden, 1, trainable=False)


def dense_sequence(layers: Any, cells: Any, x: dict[str, Any]) -> Any:
    return layers.dense(x["sequence"], 2, bias_initializer=v1.ones_initializer())


def reused(layers: Any, cells: Any, x: dict[str, Any]) -> Any:
    first = layers.dense(x["vector"], 2, name="same", kernel_regularizer=scale(0.1))
    again = layers.dense(-x["vector"], 2, name="same", reuse=True, kernel_regularizer=scale(0.1))
    with v1.variable_scope("auto", reuse=v1.AUTO_REUSE):
        first += layers.dense(x["vector"], 2, name="shared")
    with v1.variable_scope("auto", reuse=v1.AUTO_REUSE):
        again *= layers.dense(x["vector"], 2, name="shared")
    with v1.variable_scope("unnamed"):
        first += layers.dense(x["vector"], 2)
    with v1.variable_scope("unnamed", reuse=True):
        again += layers.dense(x["vector"], 2)
    return first + again


def objects(layers: Any, cells: Any, x: dict[str, Any]) -> Any:
    layer = layers.Dense(2, name="object")
    with v1.variable_scope("here"):
        first = layer(x["vector"])
    return first + layer(x["vector"] * 2) + layers.Dense(2)(x["vector"])


def normalized(layers: Any, cells: Any, x: dict[str, Any]) -> Any:
    hidden = layers.dense(x["vector"], 3)
    hidden = layers.batch_normalization(hidden, training=True, momentum=0.9)
    return layers.batch_normalization(hidden, training=False, name="frozen", scale=False)


def normalized_images(layers: Any, cells: Any, x: dict[str, Any]) -> Any:
    hidden = layers.batch_normalization(x["image"], training=True, epsilon=0.01)
    hidden = layers.batch_normalization(hidden, training=True, fused=False, center=False)
    hidden = layers.batch_normalization(hidden, training=False)
    hidden = layers.batch_normalization(hidden, axis=[1, 3], training=True)
    return layers.batch_normalization(hidden, axis=2, training=True, gamma_regularizer=scale(0.3))


def normalized_by_tensor(layers: Any, cells: Any, x: dict[str, Any]) -> Any:
    on, off = (v1.placeholder_with_default(value, []) for value in (True, False))
    hidden = layers.batch_normalization(x["vector"], training=on)
    hidden = layers.batch_normalization(hidden, training=off)
    images = layers.batch_normalization(x["image"], training=on)
    images = layers.batch_normalization(images, training=off)
    return tf.reduce_sum(hidden) + images


def images(layers: Any, cells: Any, x: dict[str, Any]) -> Any:
    hidden = layers.conv2d(x["image"], 3, 3, padding="same", activation=tf.nn.relu)
    hidden = layers.max_pooling2d(hidden, 2, 2)
    hidden = layers.conv2d(hidden, 2, [2, 1], strides=(1, 2), kernel_regularizer=scale(0.1))
    hidden = layers.average_pooling2d(hidden, [1, 2], 1, padding="same")
    return layers.dense(layers.flatten(hidden), 2)


def dilated(layers: Any, cells: Any, x: dict[str, Any]) -> Any:
    return layers.conv2d(x["image"], 2, 2, dilation_rate=2, use_bias=False, name="wide")


def separable(layers: Any, cells: Any, x: dict[str, Any]) -> Any:
    hidden = layers.separable_conv2d(x["image"], 3, 2, depth_multiplier=2, strides=(2, 2))
    sequence = layers.separable_conv1d(x["sequence"], 2, 3, padding="same", activation=tf.tanh)
    return tf.reduce_sum(hidden) + sequence


def transposed(layers: Any, cells: Any, x: dict[str, Any]) -> Any:
    hidden = layers.conv2d_transpose(x["image"], 3, 3, strides=(2, 2))
    same = layers.conv2d_transpose(x["image"], 2, 2, strides=(2, 1), padding="same")
    volume = layers.conv3d_transpose(x["volume"], 2, 3, strides=2, padding="same")
    return tf.reduce_sum(hidden) + tf.reduce_sum(volume) + same


def sequences(layers: Any, cells: Any, x: dict[str, Any]) -> Any:
    hidden = layers.conv1d(x["sequence"], 4, 2, strides=2, padding="same")
    hidden = layers.max_pooling1d(hidden, 2, 1)
    causal = layers.conv1d(x["sequence"], 2, 3, padding="causal", dilation_rate=2)
    return layers.average_pooling1d(hidden, 2, 1), causal


def volumes(layers: Any, cells: Any, x: dict[str, Any]) -> Any:
    hidden = layers.conv3d(x["volume"], 2, 2)
    hidden = layers.max_pooling3d(hidden, 2, 1)
    return layers.average_pooling3d(hidden, 2, 1)


def first_channels(layers: Any, cells: Any, x: dict[str, Any]) -> Any:
    channels_first = tf.transpose(x["image"], [0, 3, 1, 2])
    return layers.flatten(channels_first, data_format="channels_first")


def run_dynamic(cell: Any, x: dict[str, Any], **options: Any) -> Any:
    outputs, state = v1.nn.dynamic_rnn(cell, x["sequence"], dtype=tf.float32, **options)
    return outputs, state


def basic_rnn(layers: Any, cells: Any, x: dict[str, Any]) -> Any:
    return run_dynamic(cells.BasicRNNCell(3), x, sequence_length=[5, 2])


def gru(layers: Any, cells: Any, x: dict[str, Any]) -> Any:
    return run_dynamic(cells.GRUCell(3), x, scope="mine")


def basic_lstm(layers: Any, cells: Any, x: dict[str, Any]) -> Any:
    return run_dynamic(cells.BasicLSTMCell(3, forget_bias=0.5), x, sequence_length=[3, 5])


def joined_state(layers: Any, cells: Any, x: dict[str, Any]) -> Any:
    return run_dynamic(cells.BasicLSTMCell(2, state_is_tuple=False), x)


def full_lstm(layers: Any, cells: Any, x: dict[str, Any]) -> Any:
    cell = cells.LSTMCell(3, use_peepholes=True, cell_clip=0.6, num_proj=2, proj_clip=0.4)
    return run_dynamic(cell, x)


def plain_lstm(layers: Any, cells: Any, x: dict[str, Any]) -> Any:
    return run_dynamic(cells.LSTMCell(3, name="mine", activation=tf.nn.relu), x)


def stacked(layers: Any, cells: Any, x: dict[str, Any]) -> Any:
    inner = [
        cells.BasicLSTMCell(3),
        cells.DropoutWrapper(cells.GRUCell(3), output_keep_prob=1.0),
        cells.ResidualWrapper(cells.BasicLSTMCell(3)),
    ]
    return run_dynamic(cells.MultiRNNCell(inner), x)


def static(layers: Any, cells: Any, x: dict[str, Any]) -> Any:
    steps = tf.unstack(x["sequence"], axis=1)
    return v1.nn.static_rnn(cells.MultiRNNCell([cells.GRUCell(2)]), steps, dtype=tf.float32)


def both_ways(layers: Any, cells: Any, x: dict[str, Any]) -> Any:
    forward, backward = cells.LSTMCell(2), cells.LSTMCell(2)
    return v1.nn.bidirectional_dynamic_rnn(forward, backward, x["sequence"], dtype=tf.float32)


def by_hand(layers: Any, cells: Any, x: dict[str, Any]) -> Any:
    cell, other = cells.BasicLSTMCell(2), cells.BasicLSTMCell(2)
    state = cell.zero_state(2, tf.float32)
    output, state = cell(x["sequence"][:, 0], state)
    output, state = cell(x["sequence"][:, 1], state)
    return other(output, state)


CASES: list[Callable[..., Any]] = [
    dense,
    dense_sequence,
    reused,
    objects,
    normalized,
    normalized_images,
    normalized_by_tensor,
    images,
    dilated,
    separable,
    transposed,
    sequences,
    volumes,
    first_channels,
    basic_rnn,
    gru,
    basic_lstm,
    joined_state,
    full_lstm,
    plain_lstm,
    stacked,
    static,
    both_ways,
    by_hand,
]


def initial_value(name: str, shape: list[int]) -> np.ndarray:
    """The same value for a variable wherever the case runs."""
    random = np.random.RandomState(sum(map(ord, name)) + int(np.prod(shape)))
    value = random.normal(size=shape, scale=0.5).astype(np.float32)
    return np.abs(value) + 0.5 if "variance" in name else value


def run_case(build: Callable[..., Any], layers: Any, cells: Any) -> dict[str, Any]:
    """Names, outputs, gradients, updates and the number of regularization losses of a case."""
    inputs = make_inputs()
    with tf.Graph().as_default(), v1.Session() as session:
        tensors = {name: tf.constant(value) for name, value in inputs.items()}
        outputs = tf.nest.flatten(build(layers, cells, tensors))
        variables = v1.global_variables()
        trained = v1.trainable_variables()
        losses = v1.get_collection(v1.GraphKeys.REGULARIZATION_LOSSES)
        loss = tf.add_n([tf.reduce_sum(tf.square(output)) for output in outputs] + losses)
        gradients = tf.gradients(loss, trained) if trained else []
        session.run(v1.global_variables_initializer())
        defaults = session.run({v.op.name: v for v in variables if is_bias(v.op.name)})
        for variable in variables:
            value = initial_value(variable.op.name, variable.shape.as_list())
            session.run(variable.initializer, {variable.initializer.inputs[1]: value})
        results = session.run({"outputs": outputs, "gradients": gradients, "losses": losses})
        session.run(v1.get_collection(v1.GraphKeys.UPDATE_OPS))
        averages = [v for v in variables if "moving" in v.op.name]
        return {
            "variables": {v.op.name: v.shape.as_list() for v in variables},
            "trained": [v.op.name for v in trained],
            "defaults": {name: rounded(value) for name, value in defaults.items()},
            "updates": len(v1.get_collection(v1.GraphKeys.UPDATE_OPS)),
            "updated": {v.op.name: rounded(session.run(v)) for v in averages},
            **{name: [rounded(value) for value in values] for name, values in results.items()},
        }


def is_bias(name: str) -> bool:
    """Whether a variable starts from a constant."""
    return name.rpartition("/")[2] in ("bias", "gamma", "beta", "moving_mean", "moving_variance")


def rounded(value: Any) -> Any:
    """Large arrays as their sums along axes, and all with six digits, to keep the file small."""
    value = np.asarray(value, np.float64)
    if value.size > 24:
        value = np.concatenate([value.sum(axis).ravel()[:12] for axis in range(value.ndim)])
    return np.vectorize(lambda number: float(f"{number:.7g}"))(value).tolist()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    output = parser.parse_args().output
    cases = {case.__name__: run_case(case, v1.layers, v1.nn.rnn_cell) for case in CASES}
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in cases.items())
    output.write_text(f'{{"tensorflow": "{tf.__version__}",\n"cases": {{\n{lines}\n}}}}\n')


if __name__ == "__main__":
    main()
