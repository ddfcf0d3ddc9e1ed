"""What heads of one objective have in common: they differ in labels, losses and predictions."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from trainwright.estimator.export.outputs import ExportOutput, PredictOutput
from trainwright.estimator.heads import keys
from trainwright.estimator.heads.base import Head
from trainwright.estimator.heads.losses import (
    add_regularization,
    call_loss_fn,
    check_loss_fn,
    check_reduction,
    example_weights,
    reduce_losses,
)
from trainwright.estimator.heads.once import keeping, made_once
from trainwright.estimator.heads.requirements import check_logits
from trainwright.estimator.heads.training import make_train_op
from trainwright.estimator.metrics import Mean
from trainwright.estimator.mode_keys import ModeKeys
from trainwright.estimator.spec import EstimatorSpec

v1 = tf.compat.v1


class Batch(NamedTuple):
    """A batch as losses and metrics want it."""

    labels: tf.Tensor
    logits: tf.Tensor
    losses: tf.Tensor
    weights: tf.Tensor | None


class SingleHead(Head):
    """A head with one objective.

    Args:
        weight_column: the name of the feature (or a numeric column) by which losses and metrics
            are weighted; None for all ones.
        loss_reduction: ``"sum_over_batch_size"`` or ``"sum"``.
        loss_fn: replaces the head's own loss; see the subclasses.
        name: suffix of metric names and name scope of the ops.
    """

    def __init__(
        self,
        weight_column: Any = None,
        loss_reduction: str = "sum_over_batch_size",
        loss_fn: Callable[..., Any] | None = None,
        name: str | None = None,
    ):
        check_loss_fn(loss_fn)
        self._weight_column = weight_column
        self._loss_reduction = self._check_reduction(loss_reduction)
        self._loss_fn = loss_fn
        self._name = name

    @property
    def name(self) -> str | None:
        """The suffix of metric names, and the name scope of the head's ops."""
        return self._name

    @property
    def loss_reduction(self) -> str:
        """``"sum_over_batch_size"`` or ``"sum"``."""
        return self._loss_reduction

    @property
    def loss_dimension(self) -> int:
        """The last dimension of the losses, before reduction."""
        return 1

    # What subclasses may replace.

    @staticmethod
    def _check_reduction(reduction: Any) -> str:
        """The loss reduction as a string, after a check that there is such a one."""
        return check_reduction(reduction)

    def _eval_metric_ops(
        self,
        features: Mapping[str, Any] | None,
        logits: Any,
        labels: Any,
        regularization_losses: Sequence[Any] | None,
    ) -> dict[str, Any]:
        """``(value, update_op)`` by metric name, for one batch of an evaluation."""
        metrics = self.update_metrics(
            self.metrics(regularization_losses),
            features,
            logits,
            labels,
            ModeKeys.EVAL,
            regularization_losses,
        )
        return {name: metric.as_pair() for name, metric in metrics.items()}

    # What subclasses define.

    _prediction_names: tuple[str, ...]
    """All predictions there are."""

    @abstractmethod
    def _process_labels(self, labels: Any, logits: tf.Tensor) -> tf.Tensor:
        """Labels checked, dense, as numbers."""

    @abstractmethod
    def _own_losses(self, labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        """``[D0, ..., DN, loss_dimension]`` from processed labels, not weighted."""

    @abstractmethod
    def _make_predictions(self, logits: tf.Tensor, names: Sequence[str]) -> dict[str, tf.Tensor]:
        """At least the predictions of the names asked for."""

    @abstractmethod
    def _named_outputs(self, predictions: dict[str, tf.Tensor]) -> dict[str, ExportOutput]:
        """Signatures besides ``predict``; the first is the default one."""

    @abstractmethod
    def _own_metrics(self) -> dict[str, Any]:
        """Metric objects besides the average loss, by key without the head's name."""

    @abstractmethod
    def _update_own_metrics(self, metrics: dict[str, Any], batch: Batch) -> None:
        """Adds a batch to those metrics."""

    # The interface.

    def loss(
        self,
        labels: Any,
        logits: Any,
        features: Mapping[str, Any] | None = None,
        mode: str | None = None,
        regularization_losses: Sequence[Any] | None = None,
    ) -> tf.Tensor:
        """See :meth:`Head.loss`."""
        with tf.name_scope("losses"):
            batch = self._batch(labels, logits, features)
            loss = reduce_losses(batch.losses, batch.weights, self._loss_reduction)
            return add_regularization(loss, regularization_losses)[0]

    def predictions(self, logits: Any, keys: Sequence[str] | None = None) -> dict[Any, tf.Tensor]:
        """See :meth:`Head.predictions`.

        Raises:
            ValueError: a key that this head does not predict.
        """
        names = tuple(keys) if keys is not None else self._prediction_names
        for name in names:
            if name not in self._prediction_names:
                raise ValueError(
                    f"This head has no prediction {name!r}. It has: "
                    f"{', '.join(self._prediction_names)}."
                )
        logits = check_logits(logits, self.logits_dimension)
        with tf.name_scope("predictions"):
            made = self._make_predictions(logits, names)
        return {name: made[name] for name in names}

    def metrics(self, regularization_losses: Sequence[Any] | None = None) -> dict[str, Any]:
        """See :meth:`Head.metrics`."""
        with tf.name_scope("metrics"):
            made: dict[str, Any] = {keys.AVERAGE_LOSS: Mean(keys.AVERAGE_LOSS)}
            if regularization_losses:
                made[keys.REGULARIZATION_LOSS] = Mean(keys.REGULARIZATION_LOSS)
            made |= self._own_metrics()
        return {self._metric_key(key): metric for key, metric in made.items()}

    def update_metrics(
        self,
        eval_metrics: dict[str, Any],
        features: Mapping[str, Any] | None,
        logits: Any,
        labels: Any,
        mode: str | None = None,
        regularization_losses: Sequence[Any] | None = None,
    ) -> dict[str, Any]:
        """See :meth:`Head.update_metrics`."""
        batch = self._batch(labels, logits, features)
        suffix = len(self._metric_key(""))
        own = {key[: len(key) - suffix]: metric for key, metric in eval_metrics.items()}
        own[keys.AVERAGE_LOSS].update_state(batch.losses, batch.weights)
        if regularization_losses:
            total = tf.add_n([tf.convert_to_tensor(term) for term in regularization_losses])
            own[keys.REGULARIZATION_LOSS].update_state(total)
        self._update_own_metrics(own, batch)
        return eval_metrics

    def create_estimator_spec(
        self,
        features: Mapping[str, Any],
        mode: str,
        logits: Any,
        labels: Any = None,
        optimizer: Any = None,
        trainable_variables: Sequence[tf.Variable] | None = None,
        train_op_fn: Callable[[tf.Tensor], Any] | None = None,
        update_ops: Sequence[Any] | None = None,
        regularization_losses: Sequence[Any] | None = None,
    ) -> EstimatorSpec:
        """See :meth:`Head.create_estimator_spec`."""
        with tf.name_scope(self._name or "head"), keeping():
            predictions = self.predictions(logits)
            if mode == ModeKeys.PREDICT:
                outputs = self._export_outputs(predictions)
                return EstimatorSpec(mode, predictions, export_outputs=outputs)
            loss = self.loss(labels, logits, features, mode, regularization_losses)
            if mode == ModeKeys.EVAL:
                pairs = self._eval_metric_ops(features, logits, labels, regularization_losses)
                return EstimatorSpec(mode, predictions, loss, eval_metric_ops=pairs)
        train_op = make_train_op(
            loss,
            optimizer=optimizer,
            trainable_variables=trainable_variables,
            train_op_fn=train_op_fn,
            update_ops=update_ops,
            name_scope=self.training_scope,
        )
        self._summarize(loss, regularization_losses)
        return EstimatorSpec(mode, predictions, loss, train_op)

    # Its parts.

    def _batch(self, labels: Any, logits: Any, features: Mapping[str, Any] | None) -> Batch:
        if self._loss_fn is not None:  # a function of the user's own may do more than compute
            return self._new_batch(labels, logits, features)
        return made_once(self._new_batch, labels, logits, features)

    def _new_batch(self, labels: Any, logits: Any, features: Mapping[str, Any] | None) -> Batch:
        logits = check_logits(logits, self.logits_dimension)
        processed = self._process_labels(labels, logits)
        if self._loss_fn is None:
            losses = self._own_losses(processed, logits)
        else:
            losses = call_loss_fn(
                self._loss_fn,
                processed,
                logits,
                features,
                self._loss_reduction,
                self.loss_dimension,
            )
        return Batch(
            processed, logits, losses, example_weights(features, self._weight_column, losses)
        )

    def _export_outputs(self, predictions: dict[str, tf.Tensor]) -> dict[str, ExportOutput]:
        named = self._named_outputs(predictions)
        default = next(iter(named.values()))
        serving_default = v1.saved_model.signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY
        return {serving_default: default, **named, keys.PREDICT: PredictOutput(predictions)}

    def _summarize(self, loss: tf.Tensor, regularization_losses: Sequence[Any] | None) -> None:
        """Scalars for TensorBoard, outside of any name scope."""
        with tf.name_scope(""):
            v1.summary.scalar(self._metric_key(keys.LOSS), loss)
            if regularization_losses:
                total = tf.add_n([tf.convert_to_tensor(term) for term in regularization_losses])
                v1.summary.scalar(self._metric_key(keys.REGULARIZATION_LOSS), total)
