"""Several objectives of one model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.export.outputs import ExportOutput, PredictOutput
from trainwright.estimator.heads import keys as names
from trainwright.estimator.heads.base import Head
from trainwright.estimator.heads.losses import add_regularization
from trainwright.estimator.heads.training import make_train_op
from trainwright.estimator.metrics import Mean
from trainwright.estimator.mode_keys import ModeKeys
from trainwright.estimator.spec import EstimatorSpec

v1 = tf.compat.v1

_SERVING_DEFAULT = "serving_default"


class MultiHead(Head):
    """Trains for several heads at once: the loss is the (weighted) sum of theirs.

    Logits are one tensor, whose last dimension is split among the heads in their order, or a dict
    by head name. Labels are a dict by head name. Predictions are named ``(head, prediction)``,
    metrics ``metric/head``, signatures ``head`` and ``head/signature``.

    Args:
        heads: heads with names.
        head_weights: by which the losses are multiplied before they are added; None for all ones.

    Raises:
        InvalidArgumentError: no heads, heads without names or of one name, of different loss
            reductions, or as many weights as there are not heads.

    Example:
        >>> from trainwright.estimator.heads import BinaryClassHead, RegressionHead
        >>> head = MultiHead([BinaryClassHead(name="click"), RegressionHead(name="price")])
        >>> head.logits_dimension, head.name
        (2, 'click_price')
    """

    def __init__(self, heads: Sequence[Head], head_weights: Sequence[float] | None = None):
        self._heads = _check_heads(heads)
        self._weights = tuple(head_weights) if head_weights else (1.0,) * len(self._heads)
        if len(self._weights) != len(self._heads):
            raise InvalidArgumentError(
                f"There must be one of head_weights for each of {len(self._heads)} heads. "
                f"Got {len(self._weights)} instead."
            )

    @property
    def name(self) -> str:
        """The heads' names, joined by underscores."""
        return "_".join(_name(head) for head in self._heads)

    @property
    def logits_dimension(self) -> int:
        """The sum over heads."""
        return sum(head.logits_dimension for head in self._heads)

    @property
    def loss_reduction(self) -> str:
        """The heads' common one."""
        return self._heads[0].loss_reduction

    @property
    def training_scope(self) -> str:
        """See :meth:`Head.training_scope`: 2.15 had used one scope up for each head."""
        return f"training_{len(self._heads)}"

    def loss(
        self,
        labels: Any,
        logits: Any,
        features: Mapping[str, Any] | None = None,
        mode: str | None = None,
        regularization_losses: Sequence[Any] | None = None,
    ) -> tf.Tensor:
        """See :meth:`Head.loss`; labels and logits are by head name, or logits one tensor."""
        by_head = self._losses(labels, self._split(logits), features, mode)
        return self._merge(by_head, regularization_losses)

    def predictions(
        self, logits: Any, keys: Sequence[Any] | None = None
    ) -> dict[tuple[str, str], tf.Tensor]:
        """See :meth:`Head.predictions`.

        Args:
            logits: ``[D0, ..., DN, logits_dimension]``, or tensors by head name.
            keys: names of predictions, or pairs ``(head, prediction)``; None for all.

        Raises:
            ValueError: a key that no head predicts.
        """
        split = self._split(logits)
        made = {}
        for head in self._heads:
            with tf.name_scope(_name(head)):
                for key, value in head.predictions(split[_name(head)]).items():
                    made[_name(head), key] = value
        return made if keys is None else _chosen(made, keys)

    def metrics(self, regularization_losses: Sequence[Any] | None = None) -> dict[str, Any]:
        """See :meth:`Head.metrics`: all metrics of the heads, and the loss of each."""
        made: dict[str, Any] = {}
        with tf.name_scope("metrics"):
            if regularization_losses:
                key = self._metric_key(names.REGULARIZATION_LOSS)
                made[key] = Mean(names.REGULARIZATION_LOSS)
            for head in self._heads:
                made[_loss_key(head)] = Mean(names.LOSS)
        for head in self._heads:
            made |= head.metrics()
        return made

    def update_metrics(
        self,
        eval_metrics: dict[str, Any],
        features: Mapping[str, Any] | None,
        logits: Any,
        labels: Any,
        mode: str | None = None,
        regularization_losses: Sequence[Any] | None = None,
    ) -> dict[str, Any]:
        """See :meth:`Head.update_metrics`; labels and logits as for :meth:`loss`."""
        split = self._split(logits)
        losses = self._losses(labels, split, features, mode)
        for head, loss in zip(self._heads, losses, strict=True):
            eval_metrics[_loss_key(head)].update_state(loss)
        if regularization_losses:
            total = tf.add_n([tf.convert_to_tensor(term) for term in regularization_losses])
            eval_metrics[self._metric_key(names.REGULARIZATION_LOSS)].update_state(total)
        for head in self._heads:
            own = {key: eval_metrics[key] for key in eval_metrics if key.endswith(f"/{head.name}")}
            head.update_metrics(own, features, split[_name(head)], labels[_name(head)], mode)
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
        """See :meth:`Head.create_estimator_spec`; labels and logits as for :meth:`loss`."""
        with tf.name_scope(self.name):
            split = self._split(logits)
            if mode == ModeKeys.PREDICT:
                return self._predict_spec(features, split)
            predictions = self.predictions(split)
            losses = self._losses(labels, split, features, mode)
            loss = self._merge(losses, regularization_losses)
            if mode == ModeKeys.EVAL:
                metrics = self.update_metrics(
                    self.metrics(regularization_losses),
                    features,
                    split,
                    labels,
                    mode,
                    regularization_losses,
                )
                pairs = {key: metric.as_pair() for key, metric in metrics.items()}
                return EstimatorSpec(mode, predictions, loss, eval_metric_ops=pairs)
        train_op = make_train_op(
            loss,
            optimizer=optimizer,
            trainable_variables=trainable_variables,
            train_op_fn=train_op_fn,
            update_ops=update_ops,
            name_scope=self.training_scope,
        )
        self._summarize(loss, losses, regularization_losses)
        return EstimatorSpec(mode, predictions, loss, train_op)

    def _split(self, logits: Any) -> dict[str, Any]:
        """Logits by head name."""
        if isinstance(logits, Mapping):
            missing = [head.name for head in self._heads if head.name not in logits]
            if missing:
                raise ValueError(f"logits must hold an entry for each head. Missing: {missing}.")
            return {_name(head): logits[_name(head)] for head in self._heads}
        logits = tf.convert_to_tensor(logits)
        sizes = [head.logits_dimension for head in self._heads]
        if logits.shape[-1] is not None and logits.shape[-1] != sum(sizes):
            raise ValueError(
                f"The last dimension of logits must be {sum(sizes)}, the sum of what the heads "
                f"take: {sizes}. Got the shape {logits.shape} instead."
            )
        parts = {}
        with tf.name_scope("split_logits"):
            begin = 0
            for head, size in zip(self._heads, sizes, strict=True):
                start = [0] * (logits.shape.rank - 1) + [begin]
                width = [-1] * (logits.shape.rank - 1) + [size]
                parts[_name(head)] = tf.slice(logits, start, width, name="Slice")
                begin += size
        return parts

    def _losses(
        self, labels: Any, split: Mapping[str, Any], features: Any, mode: str | None
    ) -> list[tf.Tensor]:
        """The loss of each head, not weighted."""
        labels = self._check_labels(labels)
        losses = []
        for head in self._heads:
            with tf.name_scope(_name(head)):
                losses.append(head.loss(labels[_name(head)], split[_name(head)], features, mode))
        return losses

    def _check_labels(self, labels: Any) -> Mapping[str, Any]:
        if not isinstance(labels, Mapping):
            raise ValueError(f"labels must be a dict by head name. Got {labels!r} instead.")
        missing = [head.name for head in self._heads if head.name not in labels]
        if missing:
            raise ValueError(f"labels must hold an entry for each head. Missing: {missing}.")
        return labels

    def _merge(
        self, losses: Sequence[tf.Tensor], regularization_losses: Sequence[Any] | None
    ) -> tf.Tensor:
        with tf.name_scope("merge_losses"):
            weighted = [
                loss if weight == 1.0 else loss * weight
                for loss, weight in zip(losses, self._weights, strict=True)
            ]
            return add_regularization(tf.add_n(weighted), regularization_losses)[0]

    def _predict_spec(self, features: Any, split: Mapping[str, Any]) -> EstimatorSpec:
        predictions: dict[tuple[str, str], tf.Tensor] = {}
        outputs: dict[str, ExportOutput] = {}
        for head in self._heads:
            name = _name(head)
            spec = head.create_estimator_spec(features, ModeKeys.PREDICT, split[name])
            for key, value in spec.predictions.items():
                predictions[name, key] = value
            for key, output in (spec.export_outputs or {}).items():
                outputs[name if key == _SERVING_DEFAULT else f"{name}/{key}"] = output
        flat = {"/".join(key): value for key, value in predictions.items()}
        default = outputs[_name(self._heads[0])]
        outputs = {_SERVING_DEFAULT: default, **outputs, names.PREDICT: PredictOutput(flat)}
        return EstimatorSpec(ModeKeys.PREDICT, predictions, export_outputs=outputs)

    def _summarize(
        self,
        loss: tf.Tensor,
        losses: Sequence[tf.Tensor],
        regularization_losses: Sequence[Any] | None,
    ) -> None:
        with tf.name_scope(""):
            for head, own in zip(self._heads, losses, strict=True):
                v1.summary.scalar(_loss_key(head), own)
            v1.summary.scalar(names.LOSS, loss)
            if regularization_losses:
                total = tf.add_n([tf.convert_to_tensor(term) for term in regularization_losses])
                v1.summary.scalar(names.REGULARIZATION_LOSS, total)


def _name(head: Head) -> str:
    return str(head.name)


def _loss_key(head: Head) -> str:
    return names.of_head(names.LOSS, head.name)


def _check_heads(heads: Any) -> tuple[Head, ...]:
    if not heads:
        raise InvalidArgumentError(
            f"heads must be a list of one Head or more. Got {heads!r} instead."
        )
    checked = tuple(heads)
    for head in checked:
        if not isinstance(head, Head):
            raise InvalidArgumentError(f"heads must be Heads. Got {head!r} instead.")
        if not head.name:
            raise InvalidArgumentError(f"Each head of a MultiHead needs a name. {head!r} has none.")
    twice = [name for name, count in Counter(head.name for head in checked).items() if count > 1]
    if twice:
        raise InvalidArgumentError(f"All heads must have different names. Several are {twice}.")
    reductions = [head.loss_reduction for head in checked]
    if len(set(reductions)) > 1:
        raise InvalidArgumentError(
            f"All heads of a MultiHead must have one loss_reduction. Got {reductions} instead."
        )
    return checked


def _chosen(
    made: dict[tuple[str, str], tf.Tensor], keys: Sequence[Any]
) -> dict[tuple[str, str], tf.Tensor]:
    """The predictions of the names, or pairs of head and name, that are asked for."""
    known = {pair[1] for pair in made} | set(made)
    for key in keys:
        if key not in known:
            raise ValueError(f"There is no prediction {key!r}. There are: {sorted(made)}.")
    return {pair: value for pair, value in made.items() if pair in keys or pair[1] in keys}
