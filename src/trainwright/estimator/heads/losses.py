"""From one loss per example to one number: custom loss functions, weights, reduction."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.columns.cache import FeatureCache
from trainwright.estimator.heads.requirements import require_same_leading_shape

REDUCTIONS = ("sum_over_batch_size", "sum", "auto")
_LOSS_FN_ARGUMENTS = ("labels", "logits", "features", "loss_reduction")


def check_reduction(reduction: Any) -> str:
    """The loss reduction as a string.

    Args:
        reduction: ``"sum_over_batch_size"`` divides the weighted sum by the number of losses,
            ``"sum"`` does not; ``"auto"`` is the former.

    Raises:
        InvalidArgumentError: any other; ``"none"`` too, as training needs a scalar.
    """
    value = getattr(reduction, "value", reduction)
    if value not in REDUCTIONS:
        raise InvalidArgumentError(
            f"loss_reduction must be one of {', '.join(map(repr, REDUCTIONS))}. "
            f"Got {reduction!r} instead."
        )
    return str(value)


def check_loss_fn(loss_fn: Callable[..., Any] | None) -> None:
    """Whether a custom loss takes arguments that heads give.

    Raises:
        InvalidArgumentError: no callable, without ``labels`` or ``logits``, or with arguments
            besides those, ``features`` and ``loss_reduction``.
    """
    if loss_fn is None:
        return
    if not callable(loss_fn):
        raise InvalidArgumentError(f"loss_fn must be callable. Got {loss_fn!r} instead.")
    arguments = tuple(inspect.signature(loss_fn).parameters)
    for needed in ("labels", "logits"):
        if needed not in arguments:
            raise InvalidArgumentError(
                f"loss_fn must take an argument {needed}. It takes {', '.join(arguments)}."
            )
    unknown = [name for name in arguments if name not in _LOSS_FN_ARGUMENTS]
    if unknown:
        raise InvalidArgumentError(
            f"loss_fn has arguments that nobody fills: {', '.join(unknown)}. Accepted: "
            f"{', '.join(_LOSS_FN_ARGUMENTS)}."
        )


def call_loss_fn(
    loss_fn: Callable[..., Any],
    labels: tf.Tensor,
    logits: tf.Tensor,
    features: Mapping[str, Any] | None,
    reduction: str,
    dimension: int = 1,
) -> tf.Tensor:
    """The losses of a custom function.

    Args:
        loss_fn: the function; it gets those of its arguments that it names.
        labels: ``[D0, ..., DN, K]`` as the head processed them.
        logits: ``[D0, ..., DN, logits_dimension]``.
        features: the features by name.
        reduction: the head's loss reduction.
        dimension: the last dimension that the losses must have.

    Returns:
        ``[D0, ..., DN, dimension]``, not weighted.

    Raises:
        ValueError: the function's losses have another shape.
    """
    offered = {
        "labels": labels,
        "logits": logits,
        "features": features,
        "loss_reduction": reduction,
    }
    names = inspect.signature(loss_fn).parameters
    losses = tf.convert_to_tensor(loss_fn(**{name: offered[name] for name in names}))
    shape = losses.shape
    if shape.rank is not None and (
        shape.rank != logits.shape.rank or shape[-1] not in (None, dimension)
    ):
        raise ValueError(
            f"loss_fn must return a Tensor whose last dimension is {dimension} and whose other "
            f"dimensions are those of the logits, {logits.shape}. Got one of shape {shape} instead."
        )
    return require_same_leading_shape(losses, logits, "loss") if shape.rank else losses


def weight_source(weight_column: Any) -> Any:
    """The column from which example weights come.

    Args:
        weight_column: None, the name of a feature, or a numeric column.

    Raises:
        TypeError: anything else.
    """
    if weight_column is None:
        return None
    if isinstance(weight_column, str):
        return tf.feature_column.numeric_column(weight_column, shape=(1,))
    if not hasattr(weight_column, "normalizer_fn") or not hasattr(weight_column, "key"):
        raise TypeError(
            "weight_column must be the name of a feature or a numeric_column. "
            f"Got {weight_column!r} instead."
        )
    return weight_column


def example_weights(
    features: Mapping[str, Any] | None, weight_column: Any, losses: tf.Tensor
) -> tf.Tensor | None:
    """The weights of the losses of a batch.

    Args:
        features: the features by name.
        weight_column: as for :func:`weight_source`.
        losses: ``[D0, ..., DN, K]``.

    Returns:
        float32 ``[D0, ..., DN, 1]`` or ``[D0, ..., DN, K]``, or None without a weight column.

    Raises:
        ValueError: there is no such feature, or it has not one weight per example.
        TypeError: ``weight_column`` is neither a name nor a numeric column.
    """
    column = weight_source(weight_column)
    if column is None:
        return None
    with tf.name_scope("weights"):
        weights = tf.cast(FeatureCache(features or {}).get(column, None), tf.float32)
        if weights.shape.rank == losses.shape.rank - 1:
            weights = tf.expand_dims(weights, -1)
        accepted = (None, 1, losses.shape[-1])
        if weights.shape.rank != losses.shape.rank or weights.shape[-1] not in accepted:
            raise ValueError(
                f"There must be one weight for each example: the losses have the shape "
                f"{losses.shape}. Got weights of shape {weights.shape} instead."
            )
        return require_same_leading_shape(weights, losses, "weights")


def reduce_losses(losses: tf.Tensor, weights: tf.Tensor | None, reduction: str) -> tf.Tensor:
    """One loss of a batch.

    Args:
        losses: ``[D0, ..., DN, K]``.
        weights: ``[D0, ..., DN, 1]``, or None for all ones.
        reduction: one of :data:`REDUCTIONS`.

    Returns:
        A scalar: the weighted sum, divided by the number of losses (not by the sum of weights)
        unless the reduction is ``"sum"``.
    """
    with tf.name_scope("weighted_loss"):
        if weights is not None:
            losses = losses * tf.cast(weights, losses.dtype)
        total = tf.reduce_sum(losses)
        if reduction == "sum":
            return tf.identity(total, name="value")
        count = tf.cast(tf.size(losses), losses.dtype)
        return tf.math.divide_no_nan(total, count, name="value")


def add_regularization(
    loss: tf.Tensor, regularization_losses: Sequence[Any] | None
) -> tuple[tf.Tensor, tf.Tensor | None]:
    """The loss with regularization added, and the sum of regularization losses, None without."""
    if not regularization_losses:
        return loss, None
    regularization = tf.add_n([tf.convert_to_tensor(term) for term in regularization_losses])
    return loss + regularization, regularization
