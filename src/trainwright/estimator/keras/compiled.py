"""The loss and the metrics that a Keras model was compiled with, in a graph."""

from __future__ import annotations

import inspect
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


def compiled_loss(model: Any, batch: Batch, training: bool) -> Any:
    """The scalar to minimize: weighted losses of all outputs, and regularization.

    Args:
        model: compiled, called in the current graph.
        batch: what it was called with.
        training: whether this is a training step.
    """
    known = inspect.signature(model.compute_loss).parameters
    extra = {"training": training} if "training" in known else {}
    loss = model.compute_loss(**batch.arguments(), **extra)
    return tf.reshape(tf.convert_to_tensor(loss), [])


def compiled_metrics(model: Any, batch: Batch) -> dict[str, tuple[Any, Any]]:
    """Name -> (value, update op) of all metrics of a compiled model."""
    model.compute_metrics(**batch.arguments())
    pairs: dict[str, tuple[Any, Any]] = {}
    for metric in model.metrics:
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
