"""``tf.compat.v1.nn.rnn_cell``: cells of recurrent networks, with the names of TensorFlow 2.15.

They are made for ``tf.compat.v1.nn.dynamic_rnn`` and ``static_rnn``, which TensorFlow still has.

Example:
    >>> import tensorflow as tf
    >>> from trainwright.compat import rnn_cell
    >>> with tf.Graph().as_default():
    ...     cell = rnn_cell.BasicLSTMCell(4)
    ...     outputs, state = tf.compat.v1.nn.dynamic_rnn(cell, tf.ones([2, 5, 3]), dtype=tf.float32)
    ...     [variable.name for variable in tf.compat.v1.trainable_variables()]
    ['rnn/basic_lstm_cell/kernel:0', 'rnn/basic_lstm_cell/bias:0']
"""

from __future__ import annotations

from trainwright.compat.rnn_cell.base import RNNCell
from trainwright.compat.rnn_cell.lstm import BasicLSTMCell, LSTMCell, LSTMStateTuple
from trainwright.compat.rnn_cell.multi import MultiRNNCell
from trainwright.compat.rnn_cell.simple import BasicRNNCell, GRUCell
from trainwright.compat.rnn_cell.wrappers import DeviceWrapper, DropoutWrapper, ResidualWrapper

__all__ = [
    "BasicLSTMCell",
    "BasicRNNCell",
    "DeviceWrapper",
    "DropoutWrapper",
    "GRUCell",
    "LSTMCell",
    "LSTMStateTuple",
    "MultiRNNCell",
    "RNNCell",
    "ResidualWrapper",
]
