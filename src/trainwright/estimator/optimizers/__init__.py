"""Optimizers for the graph of an estimator.

They have the arguments, variables, names and arithmetic of the legacy Keras optimizers of
TensorFlow 2.15, which ``tf.estimator`` used, and need no Keras. Checkpoints go either way.
"""

from __future__ import annotations

from trainwright.estimator.optimizers.adadelta import Adadelta
from trainwright.estimator.optimizers.adagrad import Adagrad
from trainwright.estimator.optimizers.adam import Adam
from trainwright.estimator.optimizers.adamax import Adamax
from trainwright.estimator.optimizers.base import Optimizer, SlotOptimizer
from trainwright.estimator.optimizers.ftrl import Ftrl
from trainwright.estimator.optimizers.nadam import Nadam
from trainwright.estimator.optimizers.rmsprop import RMSprop
from trainwright.estimator.optimizers.selection import (
    BASELINE_LEARNING_RATE,
    BY_NAME,
    COMBINED_DNN_LEARNING_RATE,
    COMBINED_LINEAR_LEARNING_RATE,
    LINEAR_LEARNING_RATE,
    RNN_LEARNING_RATE,
    get_optimizer,
)
from trainwright.estimator.optimizers.sgd import SGD

__all__ = [
    "Optimizer",
    "SlotOptimizer",
    "Adadelta",
    "Adagrad",
    "Adam",
    "Adamax",
    "Ftrl",
    "Nadam",
    "RMSprop",
    "SGD",
    "get_optimizer",
    "BY_NAME",
    "BASELINE_LEARNING_RATE",
    "COMBINED_DNN_LEARNING_RATE",
    "COMBINED_LINEAR_LEARNING_RATE",
    "LINEAR_LEARNING_RATE",
    "RNN_LEARNING_RATE",
]
