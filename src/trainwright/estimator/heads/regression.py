"""Numbers to be predicted: squared error, Poisson and logistic regression."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.export.outputs import ExportOutput, RegressionOutput
from trainwright.estimator.heads import keys
from trainwright.estimator.heads.labels import check_range, dense_labels
from trainwright.estimator.heads.single import Batch, SingleHead
from trainwright.estimator.metrics import Mean


class RegressionHead(SingleHead):
    """Squared error.

    Logits and labels are ``[D0, ..., DN, label_dimension]``; labels may be of shape
    ``[D0, ..., DN]`` where the dimension is 1.

    Args:
        label_dimension: how many numbers an example has.
        weight_column: the name of the feature (or a numeric column) by which losses and metrics
            are weighted; None for all ones.
        loss_reduction: ``"sum_over_batch_size"``: the weighted sum of losses divided by their
            number (batch size times label dimension); ``"sum"``: not divided.
        loss_fn: in place of squared error: takes ``labels`` (float32) and ``logits``, and, if it
            names them, ``features`` and ``loss_reduction``; returns losses of the logits' shape.
        inverse_link_fn: makes predictions from logits; None: predictions are the logits.
        name: suffix of metric names and name scope of the ops.

    Raises:
        InvalidArgumentError: an argument that is not as above.

    Example:
        >>> head = RegressionHead()
        >>> float(head.loss(labels=[[1.0], [2.0]], logits=[[1.0], [4.0]]))
        2.0
    """

    def __init__(
        self,
        label_dimension: int = 1,
        weight_column: Any = None,
        loss_reduction: str = "sum_over_batch_size",
        loss_fn: Callable[..., Any] | None = None,
        inverse_link_fn: Callable[[tf.Tensor], tf.Tensor] | None = None,
        name: str | None = None,
    ):
        super().__init__(weight_column, loss_reduction, loss_fn, name)
        if inverse_link_fn is not None and not callable(inverse_link_fn):
            raise InvalidArgumentError(
                f"inverse_link_fn must be callable. Got {inverse_link_fn!r} instead."
            )
        self._dimension = _check_label_dimension(label_dimension)
        self._inverse_link_fn = inverse_link_fn
        linked = (keys.LOGITS,) if inverse_link_fn else ()
        self._prediction_names = (keys.PREDICTIONS, *linked)

    @property
    def logits_dimension(self) -> int:
        """One logit per number to be predicted."""
        return self._dimension

    @property
    def loss_dimension(self) -> int:
        """One loss per number to be predicted."""
        return self._dimension

    def _process_labels(self, labels: Any, logits: tf.Tensor) -> tf.Tensor:
        dense = dense_labels(labels, logits, self._dimension)
        if dense.dtype == tf.string:
            raise ValueError("labels must be numbers. Got strings instead.")
        return tf.cast(dense, tf.float32)

    def _own_losses(self, labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        return tf.math.squared_difference(logits, tf.cast(labels, logits.dtype))

    def _predicted(self, logits: tf.Tensor) -> tf.Tensor:
        return logits if self._inverse_link_fn is None else self._inverse_link_fn(logits)

    def _make_predictions(self, logits: tf.Tensor, names: Sequence[str]) -> dict[str, tf.Tensor]:
        return {keys.PREDICTIONS: self._predicted(logits), keys.LOGITS: logits}

    def _named_outputs(self, predictions: dict[str, tf.Tensor]) -> dict[str, ExportOutput]:
        return {keys.REGRESSION: RegressionOutput(predictions[keys.PREDICTIONS])}

    def _own_metrics(self) -> dict[str, Any]:
        return {
            keys.PREDICTION_MEAN: Mean(keys.PREDICTION_MEAN),
            keys.LABEL_MEAN: Mean(keys.LABEL_MEAN),
        }

    def _update_own_metrics(self, metrics: dict[str, Any], batch: Batch) -> None:
        predicted = self._predicted(batch.logits)
        metrics[keys.PREDICTION_MEAN].update_state(predicted, batch.weights)
        metrics[keys.LABEL_MEAN].update_state(batch.labels, batch.weights)


class PoissonRegressionHead(RegressionHead):
    """Counts: the logarithm of the expected count is the logit.

    The loss is the negative log likelihood of the Poisson distribution; predictions are
    ``exp(logits)``. Labels must not be negative.

    Args:
        label_dimension: how many counts an example has.
        weight_column: as for :class:`RegressionHead`.
        loss_reduction: as for :class:`RegressionHead`.
        compute_full_loss: whether the loss includes Stirling's approximation of ``log(label!)``,
            which does not depend on the logits.
        name: suffix of metric names and name scope of the ops.

    Raises:
        InvalidArgumentError: an argument that is not as above.

    Example:
        >>> head = PoissonRegressionHead(compute_full_loss=False)
        >>> float(head.loss(labels=[[3.0]], logits=[[0.0]]))
        1.0
    """

    def __init__(
        self,
        label_dimension: int = 1,
        weight_column: Any = None,
        loss_reduction: str = "sum_over_batch_size",
        compute_full_loss: bool = True,
        name: str | None = None,
    ):
        super().__init__(
            label_dimension, weight_column, loss_reduction, inverse_link_fn=tf.exp, name=name
        )
        self._compute_full_loss = compute_full_loss

    def _own_losses(self, labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        return tf.nn.log_poisson_loss(
            targets=tf.cast(labels, logits.dtype),
            log_input=logits,
            compute_full_loss=self._compute_full_loss,
        )


class LogisticRegressionHead(RegressionHead):
    """Probabilities as labels, in [0, 1]; predictions are the sigmoid of the logits.

    Unlike :class:`BinaryClassHead` it takes labels between 0 and 1, and predicts no classes.

    Args:
        weight_column: as for :class:`RegressionHead`.
        loss_reduction: as for :class:`RegressionHead`.
        name: suffix of metric names and name scope of the ops.

    Raises:
        InvalidArgumentError: an argument that is not as above.

    Example:
        >>> head = LogisticRegressionHead()
        >>> round(float(head.loss(labels=[[0.5]], logits=[[0.0]])), 4)
        0.6931
    """

    def __init__(
        self,
        weight_column: Any = None,
        loss_reduction: str = "sum_over_batch_size",
        name: str | None = None,
    ):
        super().__init__(1, weight_column, loss_reduction, inverse_link_fn=tf.sigmoid, name=name)

    def _process_labels(self, labels: Any, logits: tf.Tensor) -> tf.Tensor:
        numbers = super()._process_labels(labels, logits)
        return check_range(numbers, 2, "labels must be from 0 to 1. Got")

    def _own_losses(self, labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        return tf.nn.sigmoid_cross_entropy_with_logits(
            labels=tf.cast(labels, logits.dtype), logits=logits
        )


def _check_label_dimension(dimension: Any) -> int:
    if isinstance(dimension, bool) or not hasattr(dimension, "__index__") or dimension < 1:
        raise InvalidArgumentError(
            f"label_dimension must be an int of 1 or more. Got {dimension!r} instead."
        )
    return int(dimension)
