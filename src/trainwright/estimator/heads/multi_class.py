"""More than two classes, one of which each example has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.export.outputs import ExportOutput
from trainwright.estimator.heads import classes, keys
from trainwright.estimator.heads.labels import check_range, check_vocabulary, dense_labels, ids_of
from trainwright.estimator.heads.single import Batch, SingleHead
from trainwright.estimator.metrics import Accuracy


class MultiClassHead(SingleHead):
    """Softmax cross entropy for more than two classes.

    Logits are ``[D0, ..., DN, n_classes]``. Labels are integer class ids, or strings of the
    vocabulary, of shape ``[D0, ..., DN, 1]`` or ``[D0, ..., DN]``.

    Args:
        n_classes: how many classes, more than 2.
        weight_column: the name of the feature (or a numeric column) by which losses and metrics
            are weighted; None for all ones.
        label_vocabulary: the names of the classes in the order of their ids; required if labels
            are strings.
        loss_reduction: ``"sum_over_batch_size"``: the weighted sum of losses divided by the batch
            size; ``"sum"``: not divided.
        loss_fn: in place of cross entropy: takes ``labels`` (ids) and ``logits``, and, if it
            names them, ``features`` and ``loss_reduction``; returns losses ``[D0, ..., DN, 1]``.
        name: suffix of metric names and name scope of the ops.

    Raises:
        InvalidArgumentError: an argument that is not as above.

    Example:
        >>> head = MultiClassHead(n_classes=3)
        >>> loss = head.loss(labels=[[1], [1]], logits=[[10.0, 0.0, 0.0], [0.0, 10.0, 0.0]])
        >>> round(float(loss), 2)
        5.0
    """

    def __init__(
        self,
        n_classes: int,
        weight_column: Any = None,
        label_vocabulary: Sequence[str] | None = None,
        loss_reduction: str = "sum_over_batch_size",
        loss_fn: Callable[..., Any] | None = None,
        name: str | None = None,
    ):
        super().__init__(weight_column, loss_reduction, loss_fn, name)
        self._n_classes = check_n_classes(n_classes)
        self._vocabulary = check_vocabulary(label_vocabulary)
        check_vocabulary_size(self._vocabulary, self._n_classes)

    @property
    def logits_dimension(self) -> int:
        """One logit per class."""
        return self._n_classes

    _prediction_names = (
        keys.LOGITS,
        keys.PROBABILITIES,
        keys.CLASS_IDS,
        keys.CLASSES,
        keys.ALL_CLASS_IDS,
        keys.ALL_CLASSES,
    )

    def _process_labels(self, labels: Any, logits: tf.Tensor) -> tf.Tensor:
        ids = ids_of(dense_labels(labels, logits, 1), self._vocabulary)
        if not ids.dtype.is_integer:
            raise ValueError(f"labels must be integers. Got {ids.dtype.name} instead.")
        return check_range(ids, self._n_classes)

    def _own_losses(self, labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=tf.squeeze(labels, -1), logits=logits
        )
        return tf.expand_dims(losses, -1)

    def _make_predictions(self, logits: tf.Tensor, names: Sequence[str]) -> dict[str, tf.Tensor]:
        made = {keys.LOGITS: logits}
        if keys.PROBABILITIES in names:
            made[keys.PROBABILITIES] = tf.nn.softmax(logits, name="probabilities")
        return made | classes.class_predictions(logits, self._vocabulary, names)

    def _named_outputs(self, predictions: dict[str, tf.Tensor]) -> dict[str, ExportOutput]:
        output = classes.classification_output(
            predictions[keys.PROBABILITIES], self._vocabulary, self._n_classes
        )
        return {keys.CLASSIFICATION: output}

    def _own_metrics(self) -> dict[str, Any]:
        return {keys.ACCURACY: Accuracy(keys.ACCURACY)}

    def _update_own_metrics(self, metrics: dict[str, Any], batch: Batch) -> None:
        chosen = classes.predicted_ids(batch.logits)
        metrics[keys.ACCURACY].update_state(batch.labels, chosen, batch.weights)


def check_n_classes(n_classes: Any) -> int:
    """The number of classes.

    Raises:
        InvalidArgumentError: no integer above 2.
    """
    if n_classes is None:
        raise InvalidArgumentError("n_classes must be an int of 3 or more. Got None instead.")
    try:
        count = int(n_classes)
    except (TypeError, ValueError):
        count = -1
    if count != n_classes or isinstance(n_classes, bool) or count <= 2:
        raise InvalidArgumentError(
            f"n_classes must be an int of 3 or more. Got {n_classes!r} instead. For two classes "
            "use BinaryClassHead."
        )
    return count


def check_vocabulary_size(vocabulary: Sequence[str] | None, n_classes: int) -> None:
    """Whether there is a name for each class.

    Raises:
        InvalidArgumentError: there are more or fewer.
    """
    if vocabulary is not None and len(vocabulary) != n_classes:
        raise InvalidArgumentError(
            f"label_vocabulary must name all {n_classes} classes. Got {len(vocabulary)} names "
            f"instead: {list(vocabulary)}."
        )
