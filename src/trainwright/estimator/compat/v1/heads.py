"""The heads of compat.v1 estimators: weighted sums as losses, ``tf.compat.v1.metrics``.

They differ from the public heads in the reduction of losses and in metrics, whose sums are made
in another order; labels, predictions and signatures are the same.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.heads import BinaryClassHead, Head, MultiClassHead, RegressionHead, keys
from trainwright.estimator.heads.classes import predicted_ids
from trainwright.estimator.heads.losses import add_regularization
from trainwright.estimator.heads.single import Batch, SingleHead
from trainwright.estimator.mode_keys import ModeKeys

v1 = tf.compat.v1

SUM = v1.losses.Reduction.SUM
REDUCTIONS = tuple(
    dict.fromkeys(each for each in v1.losses.Reduction.all() if each != v1.losses.Reduction.NONE)
)
"""The loss reductions: those of ``tf.compat.v1.losses.Reduction`` that yield one number."""

MetricOps = dict[str, tuple[Any, Any]]


class WeightedLossHead(SingleHead):
    """What the heads of this module have in common."""

    @property
    def training_scope(self) -> str:
        """Optimizers make their ops where the head makes its own."""
        return "head"

    @staticmethod
    def _check_reduction(reduction: Any) -> str:
        if reduction not in REDUCTIONS:
            raise InvalidArgumentError(
                "loss_reduction of a compat.v1 estimator must be one of "
                f"tf.compat.v1.losses.Reduction: {', '.join(map(repr, REDUCTIONS))}. "
                f"Got {reduction!r} instead."
            )
        return str(reduction)

    def loss(
        self,
        labels: Any,
        logits: Any,
        features: Mapping[str, Any] | None = None,
        mode: str | None = None,
        regularization_losses: Sequence[Any] | None = None,
    ) -> tf.Tensor:
        """See :meth:`Head.loss`; the loss also goes into the collection LOSSES."""
        batch = self._batch(labels, logits, features)
        weights = 1.0 if batch.weights is None else batch.weights
        loss = v1.losses.compute_weighted_loss(
            batch.losses, weights, reduction=self._loss_reduction
        )
        if mode == ModeKeys.TRAIN and self._loss_reduction == SUM:
            mean = loss / tf.reduce_sum(weights * tf.ones_like(batch.losses))
            with tf.name_scope(""):
                v1.summary.scalar(self._metric_key(keys.AVERAGE_LOSS), mean)
        return add_regularization(loss, regularization_losses)[0]

    def _eval_metric_ops(
        self,
        features: Mapping[str, Any] | None,
        logits: Any,
        labels: Any,
        regularization_losses: Sequence[Any] | None,
    ) -> MetricOps:
        del regularization_losses  # no compat.v1 estimator has any
        batch = self._batch(labels, logits, features)
        made = {keys.AVERAGE_LOSS: v1.metrics.mean(batch.losses, batch.weights)}
        made |= self._first_metrics(batch)
        return {self._metric_key(key): pair for key, pair in made.items()}

    @abstractmethod
    def _first_metrics(self, batch: Batch) -> MetricOps:
        """``(value, update_op)`` besides the average loss, by key without the head's name."""


class WeightedBinaryHead(WeightedLossHead, BinaryClassHead):
    """Two classes."""

    def _first_metrics(self, batch: Batch) -> MetricOps:
        labels, weights = batch.labels, batch.weights
        scores = tf.sigmoid(batch.logits)
        chosen = tf.cast(batch.logits > 0.0, tf.int64)
        label_mean = v1.metrics.mean(labels, weights)
        return {
            keys.ACCURACY: v1.metrics.accuracy(labels, chosen, weights),
            keys.PRECISION: v1.metrics.precision(labels, chosen, weights),
            keys.RECALL: v1.metrics.recall(labels, chosen, weights),
            keys.PREDICTION_MEAN: v1.metrics.mean(scores, weights),
            keys.LABEL_MEAN: label_mean,
            keys.ACCURACY_BASELINE: tuple(map(_share_of_commoner, label_mean)),
            keys.AUC: v1.metrics.auc(labels, scores, weights),
            # By trapezoids, as it was, although the curve between thresholds is no straight line.
            keys.AUC_PRECISION_RECALL: v1.metrics.auc(labels, scores, weights, curve="PR"),
        }


class WeightedMultiClassHead(WeightedLossHead, MultiClassHead):
    """More than two classes."""

    def _first_metrics(self, batch: Batch) -> MetricOps:
        chosen = predicted_ids(batch.logits)
        return {keys.ACCURACY: v1.metrics.accuracy(batch.labels, chosen, batch.weights)}


class WeightedRegressionHead(WeightedLossHead, RegressionHead):
    """Squared error."""

    def _first_metrics(self, batch: Batch) -> MetricOps:
        return {
            keys.PREDICTION_MEAN: v1.metrics.mean(self._predicted(batch.logits), batch.weights),
            keys.LABEL_MEAN: v1.metrics.mean(batch.labels, batch.weights),
        }


def _share_of_commoner(label_mean: tf.Tensor) -> tf.Tensor:
    return tf.maximum(label_mean, 1.0 - label_mean)


def head_for_classes(
    n_classes: int,
    weight_column: Any,
    label_vocabulary: Sequence[str] | None,
    loss_reduction: str,
) -> Head:
    """The head of a classifier: one logit for two classes, one per class for more."""
    if n_classes == 2:
        return WeightedBinaryHead(
            weight_column=weight_column,
            label_vocabulary=label_vocabulary,
            loss_reduction=loss_reduction,
        )
    return WeightedMultiClassHead(
        n_classes,
        weight_column=weight_column,
        label_vocabulary=label_vocabulary,
        loss_reduction=loss_reduction,
    )


def head_for_regression(label_dimension: int, weight_column: Any, loss_reduction: str) -> Head:
    """The head of a regressor."""
    return WeightedRegressionHead(
        label_dimension=label_dimension,
        weight_column=weight_column,
        loss_reduction=loss_reduction,
    )
