"""What an update rule may read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from trainwright.estimator.optimizers.hyperparameters import GraphHyperparameters


class UpdateContext:
    """Hyperparameters and iteration, as scalar tensors for the variables of one dtype.

    Args:
        hyperparameters: those of the optimizer, in the current graph.
        scalars: scalar variables of the optimizer beside them, by name.
        dtype: of the variables to update.
        decay: the rate of decay as it was given; where it is a number and 0 nothing is computed.
    """

    def __init__(
        self,
        hyperparameters: GraphHyperparameters,
        scalars: Mapping[str, tf.Variable],
        dtype: tf.DType,
        decay: Any,
    ):
        self.scalars = scalars
        self.dtype = dtype
        self.initial_decay = decay
        self._hyperparameters = hyperparameters

    def read(self, name: str) -> tf.Tensor:
        """The hyperparameter of this name."""
        return self._hyperparameters.read(name, self.dtype)

    def learning_rate(self) -> tf.Tensor:
        """The learning rate of this step: divided by ``1 + decay * iteration``."""
        rate = self.read("learning_rate")
        if self.initial_decay == 0.0:
            return rate
        iteration = tf.cast(self._hyperparameters.iterations, self.dtype)
        return rate / (1.0 + self.read("decay") * iteration)

    def step(self) -> tf.Tensor:
        """Number of the step being made, the first being 1."""
        return tf.cast(self._hyperparameters.iterations + 1, self.dtype)
