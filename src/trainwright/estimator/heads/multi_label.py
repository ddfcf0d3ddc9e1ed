"""Classes of which an example may have none, one or several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.export.outputs import ExportOutput
from trainwright.estimator.heads import classes, keys
from trainwright.estimator.heads.indicators import indicator_labels
from trainwright.estimator.heads.labels import check_vocabulary
from trainwright.estimator.heads.single import Batch, SingleHead
from trainwright.estimator.heads.thresholds import (
    check_thresholds,
    threshold_metric_keys,
    threshold_metrics,
)
from trainwright.estimator.metrics import AUC, Mean, PrecisionRecallAUC, update_areas


class MultiLabelHead(SingleHead):
    """Sigmoid cross entropy for each of several classes that do not exclude one another.

    Logits are ``[D0, ..., DN, n_classes]``. Labels are either a dense tensor of that shape, 1 where
    the example has the class and 0 elsewhere, or a SparseTensor that lists the classes of each
    example: as ids, or as strings of the vocabulary.

    Args:
        n_classes: how many classes, more than 1.
        weight_column: the name of the feature (or a numeric column) by which losses and metrics
            are weighted, one weight per example; None for all ones.
        thresholds: accuracy, precision and recall are reported for each of these, in (0, 1).
        label_vocabulary: the names of the classes in the order of their ids; required if labels
            are strings.
        loss_reduction: ``"sum_over_batch_size"``: the weighted sum of losses divided by the batch
            size; ``"sum"``: not divided. The loss of an example is the mean over classes.
        loss_fn: in place of cross entropy: takes ``labels`` (0 and 1) and ``logits``, and, if it
            names them, ``features`` and ``loss_reduction``; returns losses ``[D0, ..., DN, 1]``.
        classes_for_class_based_metrics: ids or names of the classes for which the mean
            probability and both areas under curves are also reported.
        name: suffix of metric names and name scope of the ops.

    Raises:
        InvalidArgumentError: an argument that is not as above.

    Example:
        >>> head = MultiLabelHead(n_classes=2)
        >>> loss = head.loss(labels=[[1, 0], [1, 1]], logits=[[-10.0, 10.0], [-15.0, 10.0]])
        >>> round(float(loss), 2)
        8.75
    """

    _prediction_names = (keys.LOGITS, keys.PROBABILITIES, keys.CLASSES)

    def __init__(
        self,
        n_classes: int,
        weight_column: Any = None,
        thresholds: Sequence[float] | None = None,
        label_vocabulary: Sequence[str] | None = None,
        loss_reduction: str = "sum_over_batch_size",
        loss_fn: Callable[..., Any] | None = None,
        classes_for_class_based_metrics: Sequence[int | str] | None = None,
        name: str | None = None,
    ):
        super().__init__(weight_column, loss_reduction, loss_fn, name)
        self._n_classes = _check_n_classes(n_classes)
        self._thresholds = check_thresholds(thresholds)
        self._vocabulary = check_vocabulary(label_vocabulary)
        if self._vocabulary and len(self._vocabulary) != self._n_classes:
            raise InvalidArgumentError(
                f"label_vocabulary must name all {n_classes} classes. Got "
                f"{len(self._vocabulary)} names instead."
            )
        self._reported = tuple(
            self._class_id(label) for label in classes_for_class_based_metrics or ()
        )

    @property
    def logits_dimension(self) -> int:
        """One logit per class."""
        return self._n_classes

    def _class_id(self, label: int | str) -> int:
        """The id of a class whose metrics are wanted.

        Raises:
            InvalidArgumentError: there is no such class.
        """
        if isinstance(label, str):
            if self._vocabulary is None:
                raise InvalidArgumentError(
                    "classes_for_class_based_metrics must be class ids where there is no "
                    f"label_vocabulary. Got {label!r} instead."
                )
            if label not in self._vocabulary:
                raise InvalidArgumentError(
                    f"classes_for_class_based_metrics: label_vocabulary has no {label!r}. "
                    f"It has {list(self._vocabulary)}."
                )
            return self._vocabulary.index(label)
        if not 0 <= label < self._n_classes:
            raise InvalidArgumentError(
                f"classes_for_class_based_metrics must be ids from 0 to {self._n_classes - 1}. "
                f"Got {label!r} instead."
            )
        return int(label)

    def _class_keys(self, class_id: int) -> tuple[str, str, str]:
        name = self._vocabulary[class_id] if self._vocabulary else f"class{class_id}"
        return (
            f"{keys.PROBABILITY_MEAN}/{name}",
            f"{keys.AUC}/{name}",
            f"{keys.AUC_PRECISION_RECALL}/{name}",
        )

    def _process_labels(self, labels: Any, logits: tf.Tensor) -> tf.Tensor:
        return indicator_labels(labels, logits, self._n_classes, self._vocabulary)

    def _own_losses(self, labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        losses = tf.nn.sigmoid_cross_entropy_with_logits(
            labels=tf.cast(labels, logits.dtype), logits=logits
        )
        return tf.reduce_mean(losses, axis=-1, keepdims=True)

    def _make_predictions(self, logits: tf.Tensor, names: Sequence[str]) -> dict[str, tf.Tensor]:
        made = {keys.LOGITS: logits}
        if keys.PROBABILITIES in names:
            made[keys.PROBABILITIES] = tf.sigmoid(logits, name="probabilities")
        if keys.CLASSES in names:
            made[keys.CLASSES] = classes.all_names(logits, self._vocabulary, self._n_classes)
        return made

    def _named_outputs(self, predictions: dict[str, tf.Tensor]) -> dict[str, ExportOutput]:
        output = classes.classification_output(
            predictions[keys.PROBABILITIES], self._vocabulary, self._n_classes
        )
        return {keys.CLASSIFICATION: output}

    def _own_metrics(self) -> dict[str, Any]:
        made: dict[str, Any] = {
            keys.AUC: AUC(keys.AUC),
            keys.AUC_PRECISION_RECALL: PrecisionRecallAUC(keys.AUC_PRECISION_RECALL),
        }
        for threshold in self._thresholds:
            made |= threshold_metrics(threshold)
        for class_id in self._reported:
            mean, auc, precision_recall = self._class_keys(class_id)
            made[mean] = Mean(mean)
            made[auc] = AUC(auc)
            made[precision_recall] = PrecisionRecallAUC(precision_recall)
        return made

    def _update_own_metrics(self, metrics: dict[str, Any], batch: Batch) -> None:
        scores = tf.sigmoid(batch.logits)
        areas = [metrics[key] for key in (keys.AUC, keys.AUC_PRECISION_RECALL)]
        update_areas(areas, batch.labels, scores, batch.weights)
        for threshold in self._thresholds:
            for key in threshold_metric_keys(threshold):
                metrics[key].update_state(batch.labels, scores, batch.weights)
        for class_id in self._reported:
            mean, auc, precision_recall = self._class_keys(class_id)
            one = slice(class_id, class_id + 1)
            metrics[mean].update_state(scores[..., one], batch.weights)
            areas = [metrics[auc], metrics[precision_recall]]
            update_areas(areas, batch.labels[..., one], scores[..., one], batch.weights)


def _check_n_classes(n_classes: Any) -> int:
    integer = hasattr(n_classes, "__index__") and not isinstance(n_classes, bool)
    if not integer or n_classes < 2:
        raise InvalidArgumentError(
            f"n_classes must be an int of 2 or more. Got {n_classes!r} instead."
        )
    return int(n_classes)
