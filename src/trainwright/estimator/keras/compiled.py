"""The loss and the metrics that a Keras model was compiled with, in a graph."""

from __future__ import annotations

import abc
import inspect
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.keras.metrics import updates_of


class Batch(NamedTuple):
    """One batch, and what the model makes of it.

    Args:
        features: what the model was called with.
        labels: in the structure of the outputs.
        outputs: what the call returned.
        weights: sample weights, or None.
    """

    features: Any
    labels: Any
    outputs: Any
    weights: Any

    def arguments(self) -> dict[str, Any]:
        """As methods of ``keras.Model`` take them."""
        return {
            "x": self.features,
            "y": self.labels,
            "y_pred": self.outputs,
            "sample_weight": self.weights,
        }


class BuiltModel(abc.ABC):
    """A Keras model in the graph being built, with what it was compiled with.

    Args:
        model: the model.
    """

    def __init__(self, model: Any):
        self.model = model
        self.updates: list[Any] = []
        """Ops to be run with each training step, beside those of the optimizer."""

    @abc.abstractmethod
    def call(self, features: Any, training: bool) -> Any:
        """The model's outputs."""

    @abc.abstractmethod
    def flatten(self, outputs: Any) -> list[Any]:
        """The tensors of a structure, in the order in which Keras names them."""

    @abc.abstractmethod
    def loss(self, batch: Batch, training: bool) -> Any:
        """The scalar to minimize: weighted losses of all outputs, and regularization."""

    @abc.abstractmethod
    def metrics(self, batch: Batch) -> dict[str, tuple[Any, Any]]:
        """Name -> (value, update op) of all metrics."""


class Keras3Model(BuiltModel):
    """A model of Keras 3."""

    def call(self, features: Any, training: bool) -> Any:
        """The model's outputs."""
        return self.model(features, training=training)

    def flatten(self, outputs: Any) -> list[Any]:
        """The tensors of a structure."""
        return list(sys.modules["keras"].tree.flatten(outputs))

    def loss(self, batch: Batch, training: bool) -> Any:
        """The scalar to minimize, as the model computes it."""
        known = inspect.signature(self.model.compute_loss).parameters
        extra = {"training": training} if "training" in known else {}
        loss = self.model.compute_loss(**batch.arguments(), **extra)
        return tf.reshape(tf.convert_to_tensor(loss), [])

    def metrics(self, batch: Batch) -> dict[str, tuple[Any, Any]]:
        """Name -> (value, update op) of all metrics, as the model updates them."""
        self.model.compute_metrics(**batch.arguments())
        pairs: dict[str, tuple[Any, Any]] = {}
        for metric in self.model.metrics:
            updates = updates_of(metric)
            if not updates:
                continue
            result = metric.result()
            values = result if isinstance(result, Mapping) else {metric.name: result}
            update = tf.group(*updates)
            pairs.update({name: (tf.convert_to_tensor(v), update) for name, v in values.items()})
        return pairs


def without_losses(pairs: Mapping[str, Any], outputs: Sequence[str]) -> dict[str, Any]:
    """The metrics but for the mean losses that Keras keeps of each output.

    Example:
        >>> without_losses({"a_loss": 1, "a_mae": 2, "loss": 3}, ["a", "b"])
        {'a_mae': 2}
    """
    losses = {"loss", *(f"{output}_loss" for output in outputs)}
    return {name: pair for name, pair in pairs.items() if name not in losses}


def renamed(pairs: Mapping[str, Any], names: Mapping[str, str] | None) -> dict[str, Any]:
    """The metrics by the names that a user gives them.

    Args:
        pairs: the metrics by Keras's names.
        names: Keras's name -> the user's; None: leave them.

    Raises:
        InvalidArgumentError: a metric without a new name.

    Example:
        >>> renamed({"a_mae": 2}, {"a_mae": "error"})
        {'error': 2}
    """
    if not names:
        return dict(pairs)
    missing = sorted(set(pairs) - set(names))
    if missing:
        raise InvalidArgumentError(
            f"metric_names_map must name all metrics of the Keras model: {sorted(pairs)}. It lacks "
            f"{missing}."
        )
    return {names[name]: pair for name, pair in pairs.items()}
