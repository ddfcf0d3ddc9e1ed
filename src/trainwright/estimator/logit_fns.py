"""Functions from features to logits, for a model_fn of one's own."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.canned.model_fns import check_features
from trainwright.estimator.canned.networks import DeepNetwork, LinearNetwork
from trainwright.estimator.columns.older import mixed_input_layer, mixed_linear_model

v1 = tf.compat.v1

LogitFn = Callable[..., tf.Tensor]


def dnn_logit_fn_builder(
    units: int,
    hidden_units: Sequence[int],
    feature_columns: Any,
    activation_fn: Callable[[Any], Any] | str | None,
    dropout: float | None,
    input_layer_partitioner: Callable[..., Any] | None,
    batch_norm: bool,
) -> LogitFn:
    """A function that builds a deep network.

    Args:
        units: size of the logits.
        hidden_units: the size of each hidden layer, from the first to the last.
        feature_columns: dense feature columns, of ``tf.compat.v1.feature_column`` too.
        activation_fn: of the hidden layers: a function, the name of one of Keras, or None.
        dropout: the share of each hidden layer's outputs dropped in training.
        input_layer_partitioner: splits the variables of the input layer, such as
            ``tf.compat.v1.fixed_size_partitioner(2)``; None: the open variable scope's.
        batch_norm: whether hidden layers are followed by batch normalization. The updates of its
            moving averages go into the collection UPDATE_OPS; have them run in training.

    Returns:
        ``logit_fn(features, mode)``: logits, float32 ``[batch, units]``. Its variables,
        ``hiddenlayer_0/kernel`` and so on, are below the open variable scope.

    Raises:
        InvalidArgumentError: an argument that is not as above.

    Example:
        >>> age = tf.feature_column.numeric_column("age")
        >>> logit_fn = dnn_logit_fn_builder(2, [4], [age], tf.nn.relu, None, None, False)
        >>> with tf.Graph().as_default():
        ...     logit_fn({"age": tf.constant([[20.0], [40.0]])}, "infer").shape
        TensorShape([2, 2])
    """
    check_units(units)
    network = DeepNetwork(
        hidden_units,
        feature_columns,
        activation_fn,
        dropout,
        batch_norm,
        scope="",
        make_input=functools.partial(mixed_input_layer, partitioner=input_layer_partitioner),
    )

    def dnn_logit_fn(features: Any, mode: str) -> tf.Tensor:
        return deep_logits(network, check_features(features), mode, units)

    return dnn_logit_fn


def linear_logit_fn_builder(
    units: int, feature_columns: Any, sparse_combiner: str = "sum"
) -> LogitFn:
    """A function that builds a linear model.

    Args:
        units: size of the logits.
        feature_columns: dense and categorical columns, of ``tf.compat.v1.feature_column`` too.
        sparse_combiner: how several ids of one column are combined: ``"sum"``, ``"mean"``,
            ``"sqrtn"``.

    Returns:
        ``logit_fn(features)``: logits, float32 ``[batch, units]``. Its variables,
        ``linear_model/bias_weights`` and so on, are below the open variable scope.

    Raises:
        InvalidArgumentError: units that is no positive int.

    Example:
        >>> age = tf.feature_column.numeric_column("age")
        >>> logit_fn = linear_logit_fn_builder(1, [age])
        >>> with tf.Graph().as_default(), tf.compat.v1.variable_scope("wide"):
        ...     logits = logit_fn({"age": tf.constant([[20.0], [40.0]])})
        ...     [variable.op.name for variable in tf.compat.v1.trainable_variables()]
        ['wide/linear_model/age/weights', 'wide/linear_model/bias_weights']
    """
    check_units(units)
    network = LinearNetwork(
        feature_columns, sparse_combiner, scope="", make_model=mixed_linear_model
    )

    def linear_logit_fn(features: Any) -> tf.Tensor:
        return network(check_features(features), units).logits

    return linear_logit_fn


def deep_logits(
    network: DeepNetwork, features: Mapping[str, Any], mode: str, units: int
) -> tf.Tensor:
    """The logits of a network whose updates go into the collection UPDATE_OPS.

    Args:
        network: makes them.
        features: tensors by name.
        mode: one of ModeKeys.
        units: size of the logits.
    """
    output = network(features, mode, units)
    for update in output.updates:
        v1.add_to_collection(v1.GraphKeys.UPDATE_OPS, update)
    return output.logits


def check_units(units: Any) -> None:
    """Whether the size of logits is one.

    Raises:
        InvalidArgumentError: no positive int.
    """
    if isinstance(units, bool) or not isinstance(units, int) or units < 1:
        raise InvalidArgumentError(
            f"units must be an int in the range [1, inf). Got {units!r} instead."
        )
