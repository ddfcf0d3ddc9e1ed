"""The model functions of canned estimators."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeGuard

import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.canned.networks import (
    DeepNetwork,
    LinearNetwork,
    NetworkOutput,
    baseline,
    tell_of_frozen_embeddings,
    tell_of_trained_embeddings,
)
from trainwright.estimator.canned.summaries import summarize_layer
from trainwright.estimator.heads import Head
from trainwright.estimator.optimizers import (
    BASELINE_LEARNING_RATE,
    COMBINED_DNN_LEARNING_RATE,
    COMBINED_LINEAR_LEARNING_RATE,
    LINEAR_LEARNING_RATE,
    SlotOptimizer,
    get_optimizer,
)
from trainwright.estimator.optimizers.adapters.v1 import V1Optimizer
from trainwright.estimator.optimizers.base import checked_variables
from trainwright.estimator.optimizers.gradients import gradients_of_each
from trainwright.estimator.spec import EstimatorSpec

v1 = tf.compat.v1

ModelFn = Callable[..., EstimatorSpec]
Half = tuple[NetworkOutput, Any, float]
"""What a network made, the optimizer that a user asked for, and the rate of one without any."""


def check_head(head: Any) -> Head:
    """The head of an estimator that is given one.

    Raises:
        InvalidArgumentError: it is no head.
    """
    if not isinstance(head, Head):
        raise InvalidArgumentError(
            f"head must be a Head, such as BinaryClassHead(). Got {head!r} instead."
        )
    return head


def check_features(features: Any) -> Mapping[str, Any]:
    """The features, which canned models take by name only.

    Raises:
        ValueError: they are no dict.
    """
    if not isinstance(features, Mapping):
        raise ValueError(
            f"features must be a dict of Tensors, named as the feature columns name them. "
            f"Got {features!r} instead."
        )
    return features


def deep_model_fn(head: Head, network: DeepNetwork, optimizer: Any) -> ModelFn:
    """The model function of a DNN estimator.

    Args:
        head: makes the loss and the predictions.
        network: makes the logits.
        optimizer: a name or whatever ``get_optimizer`` takes.
    """
    tell_of_frozen_embeddings(network.columns)

    def model_fn(features: Any, labels: Any, mode: str) -> EstimatorSpec:
        features = check_features(features)
        output = network(features, mode, head.logits_dimension)
        return head.create_estimator_spec(
            features,
            mode,
            output.logits,
            labels,
            optimizer=get_optimizer(optimizer),
            trainable_variables=output.trainable,
            update_ops=output.updates,
        )

    return model_fn


def linear_model_fn(head: Head, network: LinearNetwork, optimizer: Any) -> ModelFn:
    """The model function of a linear estimator.

    Args:
        head: makes the loss and the predictions.
        network: makes the logits.
        optimizer: a name or whatever ``get_optimizer`` takes.
    """
    tell_of_frozen_embeddings(network.columns)
    tell_of_trained_embeddings(network.columns)

    def model_fn(features: Any, labels: Any, mode: str) -> EstimatorSpec:
        features = check_features(features)
        output = network(features, head.logits_dimension)

        def train_op_fn(loss: tf.Tensor) -> Any:
            return get_optimizer(optimizer, LINEAR_LEARNING_RATE).minimize_op(
                loss, output.trainable, v1.train.get_or_create_global_step(), head.training_scope
            )

        return head.create_estimator_spec(
            features, mode, output.logits, labels, train_op_fn=train_op_fn
        )

    return model_fn


def baseline_model_fn(head: Head, optimizer: Any) -> ModelFn:
    """The model function of a baseline estimator: the same logits for every example.

    Args:
        head: makes the loss and the predictions.
        optimizer: a name or whatever ``get_optimizer`` takes.
    """

    def model_fn(features: Any, labels: Any, mode: str) -> EstimatorSpec:
        output = baseline(features, head.logits_dimension)

        def train_op_fn(loss: tf.Tensor) -> Any:
            return get_optimizer(optimizer, BASELINE_LEARNING_RATE).minimize_op(
                loss, output.trainable, v1.train.get_or_create_global_step(), head.training_scope
            )

        return head.create_estimator_spec(
            features, mode, output.logits, labels, train_op_fn=train_op_fn
        )

    return model_fn


def combined_model_fn(
    head: Head,
    deep: DeepNetwork | None,
    deep_optimizer: Any,
    linear: LinearNetwork | None,
    linear_optimizer: Any,
) -> ModelFn:
    """The model function of a DNNLinearCombined estimator: the sum of the logits of both halves.

    Args:
        head: makes the loss and the predictions.
        deep: the deep half, None where there is none.
        deep_optimizer: trains the deep half; a name or whatever ``get_optimizer`` takes.
        linear: the linear half, None where there is none.
        linear_optimizer: trains the linear half.
    """
    for half in (deep, linear):
        if half is not None:
            tell_of_frozen_embeddings(half.columns)
    if linear is not None:
        tell_of_trained_embeddings(linear.columns)

    def model_fn(features: Any, labels: Any, mode: str) -> EstimatorSpec:
        features = check_features(features)
        units = head.logits_dimension
        halves: list[Half] = []
        if deep is not None:
            output = deep(features, mode, units)
            halves.append((output, deep_optimizer, COMBINED_DNN_LEARNING_RATE))
        if linear is not None:
            output = linear(features, units)
            summarize_layer(output.logits, "linear")
            halves.append((output, linear_optimizer, COMBINED_LINEAR_LEARNING_RATE))

        def train_op_fn(loss: tf.Tensor) -> Any:
            return _step_of_halves(loss, halves, head.training_scope)

        logits = [output.logits for output, _, _ in halves]
        return head.create_estimator_spec(
            features,
            mode,
            logits[0] if len(logits) == 1 else tf.add(*logits, name="add"),
            labels,
            train_op_fn=train_op_fn,
            update_ops=[update for output, _, _ in halves for update in output.updates],
        )

    return model_fn


def _step_of_halves(loss: tf.Tensor, halves: Sequence[Half], scope: str) -> Any:
    """The op of one training step of both halves.

    The global step is counted once both are updated: the learning rate of either may be a function
    of it. An optimizer of the user's own class counts by itself.
    """
    step = v1.train.get_or_create_global_step()
    chosen = [get_optimizer(optimizer, learning_rate) for _, optimizer, learning_rate in halves]
    outputs = [output for output, _, _ in halves]
    own = [optimizer for optimizer in chosen if _is_plain(optimizer)]
    if len(own) == len(outputs):
        return _counted(step, _updates(loss, outputs, own, step, scope))
    ops: list[Any] = []
    counts_itself = False
    for output, optimizer in zip(outputs, chosen, strict=True):
        if ops:  # The global step is the count of the first; a second one has its own.
            ops.append(optimizer.minimize_op(loss, output.trainable, None, scope))
        elif isinstance(optimizer, SlotOptimizer | V1Optimizer):
            ops.append(optimizer.minimize_op(loss, output.trainable, step, scope, count=False))
        else:
            ops.append(optimizer.minimize_op(loss, output.trainable, step, scope))
            counts_itself = True
    return tf.group(*ops) if counts_itself else _counted(step, ops)


def _is_plain(optimizer: Any) -> TypeGuard[SlotOptimizer]:
    """Whether it minimizes by applying the gradients that anybody would find."""
    is_own = isinstance(optimizer, SlotOptimizer)
    return is_own and type(optimizer).minimize_op is SlotOptimizer.minimize_op


def _updates(
    loss: tf.Tensor,
    outputs: Sequence[NetworkOutput],
    optimizers: Sequence[SlotOptimizer],
    step: tf.Variable,
    scope: str,
) -> list[Any]:
    """The updates of each half; the way back from the loss to the logits is built but once."""
    groups = [checked_variables(output.trainable) for output in outputs]
    gradients = gradients_of_each(loss, groups)
    # The global step is the count of the first; a second one has its own.
    first, *others = (
        (optimizer, list(zip(found, group, strict=True)))
        for optimizer, found, group in zip(optimizers, gradients, groups, strict=True)
    )
    ops = [first[0].apply_op(first[1], step, scope, count=False)]
    return ops + [optimizer.apply_op(pairs, None, scope) for optimizer, pairs in others]


def _counted(step: tf.Variable, updates: Sequence[Any]) -> Any:
    with tf.control_dependencies(updates):
        return tf.group(step.assign_add(1, read_value=False))
