"""Two classes, one logit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from trainwright.estimator.export.outputs import ExportOutput, RegressionOutput
from trainwright.estimator.heads import classes, keys
from trainwright.estimator.heads.labels import check_range, check_vocabulary, dense_labels, ids_of
from trainwright.estimator.heads.single import Batch, SingleHead
from trainwright.estimator.heads.thresholds import (
    check_thresholds,
    threshold_metric_keys,
    threshold_metrics,
)
from trainwright.estimator.metrics import (
    AUC,
    Accuracy,
    AccuracyBaseline,
    Mean,
    Metric,
    Precision,
    PrecisionRecallAUC,
    Recall,
    update_areas,
)

_N_CLASSES = 2


class BinaryClassHead(SingleHead):
    """Sigmoid cross entropy for two classes.

    Logits are ``[D0, ..., DN, 1]``. Labels are 0 or 1 (any number type), or strings of the
    vocabulary, of shape ``[D0, ..., DN, 1]`` or ``[D0, ..., DN]``.

    Args:
        weight_column: the name of the feature (or a numeric column) by which losses and metrics
            are weighted; None for all ones.
        thresholds: accuracy, precision and recall are also reported with each of these, in
            (0, 1), in place of 0.5.
        label_vocabulary: the names of the two classes in the order of their ids; required if
            labels are strings.
        loss_reduction: ``"sum_over_batch_size"``: the weighted sum of losses divided by the batch
            size; ``"sum"``: not divided.
        loss_fn: in place of cross entropy: takes ``labels`` (float32) and ``logits``, and, if it
            names them, ``features`` and ``loss_reduction``; returns losses ``[D0, ..., DN, 1]``.
        name: suffix of metric names and name scope of the ops.

    Raises:
        InvalidArgumentError: an argument that is not as above.

    Example:
        >>> head = BinaryClassHead()
        >>> loss = head.loss(labels=[[1], [1]], logits=[[45.0], [-41.0]])
        >>> float(loss)
        20.5
    """

    def __init__(
        self,
        weight_column: Any = None,
        thresholds: Sequence[float] | None = None,
        label_vocabulary: Sequence[str] | None = None,
        loss_reduction: str = "sum_over_batch_size",
        loss_fn: Callable[..., Any] | None = None,
        name: str | None = None,
    ):
        super().__init__(weight_column, loss_reduction, loss_fn, name)
        self._thresholds = check_thresholds(thresholds)
        self._vocabulary = check_vocabulary(label_vocabulary)

    @property
    def logits_dimension(self) -> int:
        """One logit."""
        return 1

    _prediction_names = (
        keys.LOGITS,
        keys.LOGISTIC,
        keys.PROBABILITIES,
        keys.CLASS_IDS,
        keys.CLASSES,
        keys.ALL_CLASS_IDS,
        keys.ALL_CLASSES,
    )

    def _process_labels(self, labels: Any, logits: tf.Tensor) -> tf.Tensor:
        ids = ids_of(dense_labels(labels, logits, 1), self._vocabulary)
        return check_range(tf.cast(ids, tf.float32), _N_CLASSES)

    def _own_losses(self, labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        return tf.nn.sigmoid_cross_entropy_with_logits(
            labels=tf.cast(labels, logits.dtype), logits=logits
        )

    def _make_predictions(self, logits: tf.Tensor, names: Sequence[str]) -> dict[str, tf.Tensor]:
        made = {keys.LOGITS: logits}
        if keys.LOGISTIC in names:
            made[keys.LOGISTIC] = tf.sigmoid(logits, name="logistic")
        pair = tf.concat([tf.zeros_like(logits), logits], -1, name="two_class_logits")
        if keys.PROBABILITIES in names:
            made[keys.PROBABILITIES] = tf.nn.softmax(pair, name="probabilities")
        return made | classes.class_predictions(pair, self._vocabulary, names)

    def _named_outputs(self, predictions: dict[str, tf.Tensor]) -> dict[str, ExportOutput]:
        return {
            keys.CLASSIFICATION: classes.classification_output(
                predictions[keys.PROBABILITIES], self._vocabulary, _N_CLASSES
            ),
            keys.REGRESSION: RegressionOutput(predictions[keys.LOGISTIC]),
        }

    def _own_metrics(self) -> dict[str, Any]:
        label_mean = Mean(keys.LABEL_MEAN)
        made: dict[str, Metric] = {
            keys.ACCURACY: Accuracy(keys.ACCURACY),
            keys.PRECISION: Precision(keys.PRECISION),
            keys.RECALL: Recall(keys.RECALL),
            keys.PREDICTION_MEAN: Mean(keys.PREDICTION_MEAN),
            keys.LABEL_MEAN: label_mean,
            keys.ACCURACY_BASELINE: AccuracyBaseline(keys.ACCURACY_BASELINE, label_mean),
            keys.AUC: AUC(keys.AUC),
            keys.AUC_PRECISION_RECALL: PrecisionRecallAUC(keys.AUC_PRECISION_RECALL),
        }
        for threshold in self._thresholds:
            made |= threshold_metrics(threshold)
        return made

    def _update_own_metrics(self, metrics: dict[str, Any], batch: Batch) -> None:
        scores = tf.sigmoid(batch.logits)
        chosen = tf.cast(batch.logits > 0.0, tf.float32)
        metrics[keys.LABEL_MEAN].update_state(batch.labels, batch.weights)
        metrics[keys.PREDICTION_MEAN].update_state(scores, batch.weights)
        for key in (keys.ACCURACY, keys.PRECISION, keys.RECALL):
            metrics[key].update_state(batch.labels, chosen, batch.weights)
        areas = [metrics[key] for key in (keys.AUC, keys.AUC_PRECISION_RECALL)]
        update_areas(areas, batch.labels, scores, batch.weights)
        for threshold in self._thresholds:
            for key in threshold_metric_keys(threshold):
                metrics[key].update_state(batch.labels, scores, batch.weights)
