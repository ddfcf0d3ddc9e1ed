"""Models of the package tf_keras, Keras 2, made into Estimators."""

from __future__ import annotations

import copy
from typing import Any

import tensorflow as tf

from trainwright.estimator.keras.blueprint import ModelBlueprint
from trainwright.estimator.keras.compiled import Batch, BuiltModel
from trainwright.estimator.keras.metrics import make_local


class OlderModel(BuiltModel):
    """A model of tf_keras.

    Args:
        model: the model in the graph, not compiled.
        losses: tf_keras's container of the losses that the original was compiled with, or None.
        metrics: its container of metrics, or None.
    """

    def __init__(self, model: Any, losses: Any, metrics: Any):
        super().__init__(model)
        self._compiled_losses = losses
        self._compiled_metrics = metrics
        self._losses: list[Any] = []

    def call(self, features: Any, training: bool) -> Any:
        """The model's outputs."""
        # While it is built, a model is called on placeholders, which have updates and losses too.
        updates, losses = list(self.model.updates), list(self.model.losses)
        outputs = self.model(features, training=training)
        self.updates = _new(self.model.updates, updates)
        self._losses = _new(self.model.losses, losses)
        return outputs

    def flatten(self, outputs: Any) -> list[Any]:
        """The tensors of a structure."""
        return list(tf.nest.flatten(outputs))

    def loss(self, batch: Batch, training: bool) -> Any:
        """The scalar to minimize."""
        del training
        return self._compiled_losses(
            batch.labels, batch.outputs, batch.weights, regularization_losses=self._losses
        )

    def metrics(self, batch: Batch) -> dict[str, tuple[Any, Any]]:
        """Name -> (value, update op) of all metrics."""
        container = self._compiled_metrics
        container.update_state(batch.labels, batch.outputs, batch.weights)
        own = [metric for metric in self.model.metrics if metric.updates]
        pairs = {}
        for metric in [*container.metrics, *own]:
            make_local(metric.variables)
            pairs[metric.name] = metric.result(), tf.group(*metric.updates)
        return pairs


class OlderBlueprint(ModelBlueprint):
    """The structure of a model of tf_keras, and what it was compiled with."""

    @property
    def is_compiled(self) -> bool:
        """Whether the model can be trained."""
        return getattr(self._model, "compiled_loss", None) is not None

    def _from_config(self) -> Any:
        config = copy.deepcopy(self._config["config"])
        with self._keras.utils.custom_object_scope(self._custom_objects):
            return type(self._model).from_config(config)

    def _compiled(self, model: Any) -> BuiltModel:
        if not self.is_compiled:
            return OlderModel(model, None, None)
        losses, metrics = self._model.compiled_loss, self._model.compiled_metrics
        names = getattr(self._model, "output_names", None)
        return OlderModel(
            model,
            type(losses)(self._model.loss, losses._user_loss_weights, output_names=names),
            type(metrics)(
                self._all_again(metrics._user_metrics),
                self._all_again(metrics._user_weighted_metrics),
                output_names=names,
            ),
        )


def _new(now: list[Any], before: list[Any]) -> list[Any]:
    """What is there now and was not before; tensors are compared by identity."""
    known = {id(thing) for thing in before}
    return [thing for thing in now if id(thing) not in known]
