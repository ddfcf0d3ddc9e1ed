"""The model functions of compat.v1 estimators.

They build the networks of the estimators without compat.v1, but below a variable scope, with a
partitioner, and so give checkpoints their names: each optimizer's slots are made below the scope
that is open then, which for DNN and linear estimators is their own.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.canned.model_fns import ModelFn, check_features
from trainwright.estimator.canned.networks import DeepNetwork, LinearNetwork, baseline
from trainwright.estimator.canned.sdca import LinearSDCA, sdca_train_op
from trainwright.estimator.canned.summaries import summarize_layer
from trainwright.estimator.columns.older import mixed_input_layer, mixed_linear_model
from trainwright.estimator.compat.v1.optimizers import (
    BASELINE_LEARNING_RATE,
    COMBINED_DNN_LEARNING_RATE,
    COMBINED_LINEAR_LEARNING_RATE,
    DNN_LEARNING_RATE,
    LINEAR_LEARNING_RATE,
    linear_learning_rate,
    minimize,
    minimize_halves,
    optimizer_of,
)
from trainwright.estimator.heads import Head
from trainwright.estimator.logit_fns import deep_logits
from trainwright.estimator.run_config import RunConfig
from trainwright.estimator.spec import EstimatorSpec

v1 = tf.compat.v1

Partitioner = Callable[..., Any]

_DEEP_SCOPE = "dnn"
_LINEAR_SCOPE = "linear"
# A variable of the input is split among parameter servers into pieces of no less, in bytes.
_LEAST_INPUT_PIECE = 64 << 20


def check_partitioner(partitioner: Partitioner | None, argument: str) -> Partitioner | None:
    """The partitioner of an estimator that is given one.

    Raises:
        InvalidArgumentError: it is no function.
    """
    if partitioner is not None and not callable(partitioner):
        raise InvalidArgumentError(
            f"{argument} must be a function such as tf.compat.v1.fixed_size_partitioner(2), or "
            f"None. Got {partitioner!r} instead."
        )
    return partitioner


def deep_network(columns: Any, **options: Any) -> DeepNetwork:
    """A deep network below a variable scope.

    Args:
        columns: dense feature columns, of ``tf.compat.v1.feature_column`` too.
        **options: the other arguments of :class:`DeepNetwork`.
    """
    return DeepNetwork(columns=columns, scope="", make_input=mixed_input_layer, **options)


def linear_network(columns: Any, sparse_combiner: str) -> LinearNetwork:
    """A linear model below a variable scope.

    Args:
        columns: feature columns, of ``tf.compat.v1.feature_column`` too.
        sparse_combiner: how several ids of one column are combined.
    """
    return LinearNetwork(columns, sparse_combiner, scope="", make_model=mixed_linear_model)


def deep_model_fn(
    head: Head, network: DeepNetwork, optimizer: Any, input_layer_partitioner: Partitioner | None
) -> ModelFn:
    """The model function of a DNN estimator.

    Args:
        head: makes the loss and the predictions.
        network: makes the logits, by :func:`deep_network`.
        optimizer: whatever :func:`optimizer_of` takes.
        input_layer_partitioner: splits the variables of the input layer; None: by their size,
            among parameter servers.
    """

    def model_fn(features: Any, labels: Any, mode: str, config: RunConfig) -> EstimatorSpec:
        features = check_features(features)
        of_input = input_layer_partitioner or _among_servers(config, _LEAST_INPUT_PIECE)
        with v1.variable_scope(_DEEP_SCOPE, partitioner=_among_servers(config)):
            logits = deep_logits(
                _with_partitioner(network, of_input), features, mode, head.logits_dimension
            )

            def train_op_fn(loss: tf.Tensor) -> Any:
                chosen = optimizer_of(optimizer, DNN_LEARNING_RATE)
                return minimize(chosen, loss, head.training_scope)

            return _spec(head, features, mode, logits, labels, train_op_fn)

    return model_fn


def linear_model_fn(
    head: Head, network: LinearNetwork, optimizer: Any, partitioner: Partitioner | None
) -> ModelFn:
    """The model function of a linear estimator.

    Args:
        head: makes the loss and the predictions.
        network: makes the logits, by :func:`linear_network`.
        optimizer: whatever :func:`optimizer_of` takes; None: Ftrl with a learning rate that falls
            with the number of columns; or a LinearSDCA.
        partitioner: splits the variables; None: by their size, among parameter servers.
    """
    sdca = sdca_train_op(head, network, optimizer) if isinstance(optimizer, LinearSDCA) else None

    def model_fn(features: Any, labels: Any, mode: str, config: RunConfig) -> EstimatorSpec:
        features = check_features(features)
        splits = partitioner or _among_servers(config, _LEAST_INPUT_PIECE)
        with v1.variable_scope(_LINEAR_SCOPE, partitioner=splits):
            output = network(features, head.logits_dimension)

            def train_op_fn(loss: tf.Tensor) -> Any:
                if sdca is not None:
                    return sdca(features, labels, output, loss)
                if optimizer is None:
                    rate = linear_learning_rate(network.columns, LINEAR_LEARNING_RATE)
                    chosen = optimizer_of("Ftrl", rate)
                else:
                    chosen = optimizer_of(optimizer, LINEAR_LEARNING_RATE)
                return minimize(chosen, loss, head.training_scope)

            return _spec(head, features, mode, output.logits, labels, train_op_fn)

    return model_fn


def baseline_model_fn(head: Head, optimizer: Any) -> ModelFn:
    """The model function of a baseline estimator: the same logits for every example.

    Args:
        head: makes the loss and the predictions.
        optimizer: whatever :func:`optimizer_of` takes.
    """

    def model_fn(features: Any, labels: Any, mode: str) -> EstimatorSpec:
        logits = baseline(features, head.logits_dimension).logits

        def train_op_fn(loss: tf.Tensor) -> Any:
            chosen = optimizer_of(optimizer, BASELINE_LEARNING_RATE)
            return minimize(chosen, loss, head.training_scope)

        return _spec(head, features, mode, logits, labels, train_op_fn)

    return model_fn


def combined_model_fn(
    head: Head,
    deep: DeepNetwork | None,
    deep_optimizer: Any,
    linear: LinearNetwork | None,
    linear_optimizer: Any,
    input_layer_partitioner: Partitioner | None,
) -> ModelFn:
    """The model function of a DNNLinearCombined estimator: the sum of the logits of both halves.

    Args:
        head: makes the loss and the predictions.
        deep: the deep half, None where there is none.
        deep_optimizer: trains the deep half; whatever :func:`optimizer_of` takes.
        linear: the linear half, None where there is none.
        linear_optimizer: trains the linear half.
        input_layer_partitioner: splits the variables of the input layer and of the linear half;
            None: by their size, among parameter servers.
    """

    def model_fn(features: Any, labels: Any, mode: str, config: RunConfig) -> EstimatorSpec:
        features = check_features(features)
        of_input = input_layer_partitioner or _among_servers(config, _LEAST_INPUT_PIECE)
        logits, halves = [], []
        if deep is not None:
            with v1.variable_scope(_DEEP_SCOPE, partitioner=_among_servers(config)):
                network = _with_partitioner(deep, of_input)
                logits.append(deep_logits(network, features, mode, head.logits_dimension))
            halves.append((deep_optimizer, COMBINED_DNN_LEARNING_RATE, _DEEP_SCOPE))
        if linear is not None:
            with v1.variable_scope(_LINEAR_SCOPE, partitioner=of_input):
                logits.append(linear(features, head.logits_dimension).logits)
                summarize_layer(logits[-1], _LINEAR_SCOPE)
            rate = linear_learning_rate(linear.columns, COMBINED_LINEAR_LEARNING_RATE)
            halves.append((linear_optimizer, rate, _LINEAR_SCOPE))

        def train_op_fn(loss: tf.Tensor) -> Any:
            chosen = [(optimizer_of(spec, rate), scope) for spec, rate, scope in halves]
            return minimize_halves(chosen, loss, head.training_scope)

        total = logits[0] if len(logits) == 1 else tf.add(*logits, name="add")
        return _spec(head, features, mode, total, labels, train_op_fn)

    return model_fn


def _spec(
    head: Head,
    features: Mapping[str, Any],
    mode: str,
    logits: tf.Tensor,
    labels: Any,
    train_op_fn: Callable[[tf.Tensor], Any],
) -> EstimatorSpec:
    """The head's spec; what is in UPDATE_OPS runs with each training step."""
    return head.create_estimator_spec(
        features,
        mode,
        logits,
        labels,
        train_op_fn=train_op_fn,
        update_ops=v1.get_collection(v1.GraphKeys.UPDATE_OPS),
    )


def _with_partitioner(network: DeepNetwork, partitioner: Partitioner) -> DeepNetwork:
    make_input = functools.partial(mixed_input_layer, partitioner=partitioner)
    return dataclasses.replace(network, make_input=make_input)


def _among_servers(config: RunConfig, least_piece: int = 256 << 10) -> Partitioner:
    """Splits variables among parameter servers, into pieces of at least so many bytes.

    Without servers variables are of one piece, and yet bear the name of one.
    """
    partitioner: Partitioner = v1.min_max_variable_partitioner(
        max_partitions=max(1, config.num_ps_replicas), min_slice_size=least_piece
    )
    return partitioner
