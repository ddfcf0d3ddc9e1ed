"""What a head is: the last part of a model, from logits to loss, predictions and metrics."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf

from trainwright.estimator.heads.keys import of_head
from trainwright.estimator.spec import EstimatorSpec


class Head(ABC):
    """The interface of heads; subclass it for an objective of your own.

    A model_fn computes logits and hands them to ``create_estimator_spec``:

    ```
    def model_fn(features, labels, mode):
        logits = ...
        return head.create_estimator_spec(
            features, mode, logits, labels, optimizer="Adagrad", trainable_variables=...)
    ```
    """

    @property
    @abstractmethod
    def name(self) -> str | None:
        """The suffix of metric names, and the name scope of the head's ops."""

    @property
    @abstractmethod
    def logits_dimension(self) -> int:
        """The last dimension of the logits."""

    @property
    @abstractmethod
    def loss_reduction(self) -> str:
        """``"sum_over_batch_size"`` or ``"sum"``."""

    @property
    def training_scope(self) -> str:
        """The scope of the optimizers' variables when a canned estimator trains for this head."""
        return "training"

    @abstractmethod
    def loss(
        self,
        labels: Any,
        logits: Any,
        features: Mapping[str, Any] | None = None,
        mode: str | None = None,
        regularization_losses: Sequence[Any] | None = None,
    ) -> tf.Tensor:
        """The loss of a batch, a scalar, regularization included.

        Args:
            labels: what the head learns.
            logits: ``[D0, ..., DN, logits_dimension]``.
            features: the features by name; needed with a weight column.
            mode: one of ModeKeys, for heads to which it matters.
            regularization_losses: scalars to add.
        """

    @abstractmethod
    def predictions(self, logits: Any, keys: Sequence[str] | None = None) -> dict[Any, tf.Tensor]:
        """Predictions by name.

        Args:
            logits: ``[D0, ..., DN, logits_dimension]``.
            keys: which of them; None for all.
        """

    @abstractmethod
    def metrics(self, regularization_losses: Sequence[Any] | None = None) -> dict[str, Any]:
        """New metric objects by name.

        Args:
            regularization_losses: given, there is a metric for their sum.
        """

    @abstractmethod
    def update_metrics(
        self,
        eval_metrics: dict[str, Any],
        features: Mapping[str, Any] | None,
        logits: Any,
        labels: Any,
        mode: str | None = None,
        regularization_losses: Sequence[Any] | None = None,
    ) -> dict[str, Any]:
        """Adds a batch to the metrics, and returns them.

        Args:
            eval_metrics: from :meth:`metrics`.
            features: as for :meth:`loss`.
            logits: as for :meth:`loss`.
            labels: as for :meth:`loss`.
            mode: as for :meth:`loss`.
            regularization_losses: as for :meth:`loss`.
        """

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
        """What a model_fn returns.

        Args:
            features: the features by name.
            mode: one of ModeKeys.
            logits: ``[D0, ..., DN, logits_dimension]``.
            labels: needed to train and evaluate.
            optimizer: makes the training step, together with ``trainable_variables``.
            trainable_variables: what the optimizer may change.
            train_op_fn: makes the training step from the loss, in place of an optimizer.
            update_ops: run with each training step.
            regularization_losses: scalars to add to the loss.

        Raises:
            NotImplementedError: the subclass does not define it.
        """
        raise NotImplementedError(
            f"{type(self).__name__} does not define create_estimator_spec(), which a head that is "
            "handed to an estimator must."
        )

    def _metric_key(self, key: str) -> str:
        return of_head(key, self.name)
