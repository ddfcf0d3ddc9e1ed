"""A head for sequences: each step of a sequence is an example to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import tensorflow as tf

from trainwright.estimator.heads import Head
from trainwright.estimator.heads.labels import check_given
from trainwright.estimator.mode_keys import ModeKeys
from trainwright.estimator.spec import EstimatorSpec

MASK_KEY = "sequence_mask"


class SequentialHeadWrapper(Head):
    """A head for whole sequences, made of one for single examples.

    Losses and metrics are those of the static head over all steps of all sequences, without
    padding; predictions have the shape of the logits, and the mask among them.

    Args:
        static_head: makes the losses, metrics and predictions.
        sequence_length_mask: the name of the feature with the mask, bool ``[batch, steps]``.
        feature_columns: names of features that the static head looks at, such as its weight
            column: ``[batch, steps]``, dense or sparse.

    Raises:
        TypeError: a name that is no string.
    """

    def __init__(
        self,
        static_head: Head,
        sequence_length_mask: str = MASK_KEY,
        feature_columns: str | Iterable[str] | None = None,
    ):
        if not isinstance(sequence_length_mask, str):
            raise TypeError(
                "sequence_length_mask must be the name of a feature. "
                f"Got {sequence_length_mask!r} instead."
            )
        named = [feature_columns] if isinstance(feature_columns, str) else feature_columns or []
        for column in named:
            if not isinstance(column, str):
                raise TypeError(
                    "A head for sequences takes the weights by the name of a feature. "
                    f"Got {column!r} instead."
                )
        self._head = static_head
        self._mask_key = sequence_length_mask
        self._columns = list(named)

    @property
    def static_head(self) -> Head:
        """The head for single examples."""
        return self._head

    @property
    def input_sequence_mask_key(self) -> str:
        """The name of the feature with the mask."""
        return self._mask_key

    @property
    def name(self) -> str | None:
        """See :attr:`Head.name`."""
        return f"{self._head.name}_sequential" if self._head.name else None

    @property
    def logits_dimension(self) -> int:
        """See :attr:`Head.logits_dimension`."""
        return self._head.logits_dimension

    @property
    def loss_reduction(self) -> str:
        """See :attr:`Head.loss_reduction`."""
        return self._head.loss_reduction

    @property
    def training_scope(self) -> str:
        """See :attr:`Head.training_scope`."""
        return self._head.training_scope

    def loss(
        self,
        labels: Any,
        logits: Any,
        features: Mapping[str, Any] | None = None,
        mode: str | None = None,
        regularization_losses: Sequence[Any] | None = None,
    ) -> tf.Tensor:
        """See :meth:`Head.loss`."""
        labels, logits, features = self._flat(labels, logits, features or {})
        return self._head.loss(labels, logits, features, mode, regularization_losses)

    def predictions(self, logits: Any, keys: Sequence[str] | None = None) -> dict[Any, tf.Tensor]:
        """See :meth:`Head.predictions`."""
        return self._head.predictions(logits, keys)

    def metrics(self, regularization_losses: Sequence[Any] | None = None) -> dict[str, Any]:
        """See :meth:`Head.metrics`."""
        return self._head.metrics(regularization_losses)

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
        labels, logits, features = self._flat(labels, logits, features or {})
        return self._head.update_metrics(
            eval_metrics, features, logits, labels, mode, regularization_losses
        )

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
        """See :meth:`Head.create_estimator_spec`; the mask must be among the features."""
        if mode == ModeKeys.PREDICT:
            spec = self._head.create_estimator_spec(features, mode, logits)
            mask = tf.convert_to_tensor(self._mask_of(features))
            return spec._replace(predictions={**spec.predictions, self._mask_key: mask})
        labels, logits, features = self._flat(labels, logits, features)
        return self._head.create_estimator_spec(
            features,
            mode,
            logits,
            labels,
            optimizer=optimizer,
            trainable_variables=trainable_variables,
            train_op_fn=train_op_fn,
            update_ops=update_ops,
            regularization_losses=regularization_losses,
        )

    def _mask_of(self, features: Mapping[str, Any]) -> Any:
        if self._mask_key not in features:
            raise ValueError(
                f"The sequence mask {self._mask_key!r} is not in the features: "
                f"{', '.join(sorted(map(str, features)))}."
            )
        return features[self._mask_key]

    def _flat(self, labels: Any, logits: Any, features: Mapping[str, Any]) -> tuple[Any, Any, Any]:
        """Labels, logits and weights of all steps within sequences, ``[steps in all, ...]``."""
        mask = tf.cast(self._mask_of(features), tf.bool)
        for name in self._columns:
            if name not in features:
                raise ValueError(
                    f"The head needs the feature {name!r}, which the input does not have. It has: "
                    f"{', '.join(sorted(map(str, features)))}."
                )
        with tf.name_scope("flatten"):
            flat = {name: _flatten(features[name], mask, name) for name in self._columns}
            if isinstance(labels, Mapping):
                labels = {name: _flatten(labels[name], mask, "labels") for name in labels}
            else:
                check_given(labels)
                labels = _flatten(labels, mask, "labels")
            logits = _flatten(logits, mask, "logits")
        return labels, logits, {**features, **flat}


def _flatten(values: Any, mask: tf.Tensor, what: str) -> tf.Tensor:
    """What lies within sequences.

    Args:
        values: ``[batch, steps, ...]``, or sparse ``[batch, steps]``.
        mask: bool ``[batch, steps]``.
        what: what the values are, for the message.

    Raises:
        tf.errors.InvalidArgumentError: there are values for more or fewer steps, when the graph
            runs.
    """
    if isinstance(values, tf.RaggedTensor):
        values = values.to_sparse()
    if isinstance(values, tf.SparseTensor):
        message = f"The sparse {what} must have a value for each step of the sequences, no others."
        checks = [tf.debugging.assert_equal(values.indices, tf.where(mask), message)]
        with tf.control_dependencies(checks):
            return tf.identity(values.values)
    values = tf.convert_to_tensor(values)
    message = f"The {what} must be [batch, steps, ...], with the batch and steps of the sequences."
    checks = [tf.debugging.assert_equal(tf.shape(values)[:2], tf.shape(mask), message)]
    with tf.control_dependencies(checks):
        return tf.boolean_mask(values, mask)
