"""The two halves of canned models: a deep network and a linear model over feature columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.canned.layers import batch_norm, dense
from trainwright.estimator.canned.summaries import deep_tag, summarize_layer, summarize_linear
from trainwright.estimator.columns import LinearOutput, input_layer, linear_model
from trainwright.estimator.columns.kinds import is_dense, kept, shares_embedding
from trainwright.estimator.columns.scopes import joined, op_scope
from trainwright.estimator.mode_keys import ModeKeys
from trainwright.notices import notify

v1 = tf.compat.v1

_INPUT_SCOPE = "input_from_feature_columns/input_layer"
_LINEAR_SCOPE = "linear_model"


class NetworkOutput(NamedTuple):
    """Logits ``[batch, units]``, the variables to train, and the updates that go with training."""

    logits: tf.Tensor
    trainable: list[tf.Variable]
    updates: list[Any]


@dataclass(frozen=True)
class DeepNetwork:
    """Fully connected layers over dense feature columns.

    Args:
        hidden_units: the size of each hidden layer, from the first to the last.
        columns: dense feature columns.
        activation_fn: of the hidden layers: a function, the name of one of Keras, or None.
        dropout: the share of each hidden layer's outputs that is dropped in training; None: none.
        batch_norm: whether each hidden layer is followed by batch normalization.
        scope: what the names of variables and ops begin with, below the open variable scope.
        make_input: makes the input layer, as
            :func:`~trainwright.estimator.columns.input_layer.input_layer` does.

    Raises:
        InvalidArgumentError: a layer's size that is no positive integer, or a dropout outside
            [0, 1).
    """

    hidden_units: Sequence[int]
    columns: Any
    activation_fn: Callable[[Any], Any] | str | None = tf.nn.relu
    dropout: float | None = None
    batch_norm: bool = False
    scope: str = "dnn"
    make_input: Callable[[Mapping[str, Any], Any, str], tf.Tensor] = input_layer

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", kept(self.columns))  # for the graph of each mode
        _check_hidden_units(self.hidden_units)
        if self.dropout is not None and not 0.0 <= self.dropout < 1.0:
            raise InvalidArgumentError(
                f"dropout must be a float in the range [0, 1). Got {self.dropout!r} instead."
            )

    def __call__(self, features: Mapping[str, Any], mode: str, units: int) -> NetworkOutput:
        """Builds the network.

        Args:
            features: tensors by name.
            mode: one of ModeKeys.
            units: size of the logits.
        """
        training = mode == ModeKeys.TRAIN
        activation = activation_function(self.activation_fn)
        before = len(v1.trainable_variables())
        input_scope = joined(self.scope, _INPUT_SCOPE)
        net = self.make_input(features, self.columns, input_scope)
        trainable = _made(input_scope, v1.trainable_variables()[before:])
        normalized: list[tf.Variable] = []
        updates: list[Any] = []
        for index, size in enumerate(self.hidden_units):
            layer = f"hiddenlayer_{index}"
            scope = joined(self.scope, layer)
            hidden = dense(net, int(size), scope, activation)
            trainable += hidden.trainable
            net = hidden.values
            if training and self.dropout:
                with tf.name_scope(op_scope(joined(scope, "dropout"))):
                    net = tf.nn.dropout(net, rate=self.dropout)
            if self.batch_norm:
                norm = batch_norm(net, training, f"{scope}/batchnorm_{index}")
                net = norm.values
                normalized += norm.trainable
                updates += norm.updates
            summarize_layer(net, deep_tag(layer))
        output = dense(net, units, joined(self.scope, "logits"))
        summarize_layer(output.values, deep_tag("logits"))
        return NetworkOutput(output.values, trainable + normalized + output.trainable, updates)


def tell_of_frozen_embeddings(columns: Any) -> None:
    """Warns of what 2.15 did silently; its checkpoints have no optimizer slots for them either.

    Args:
        columns: feature columns; the warning is of those of shared embeddings.
    """
    if isinstance(columns, list | tuple | set) and any(map(shares_embedding, columns)):
        notify(
            "The embeddings of tf.feature_column.shared_embeddings keep their initial values: as "
            "in tf.estimator 2.15, canned estimators do not train them. Use an embedding_column "
            "for each feature, or a model_fn of your own, where they must be trained.",
            stacklevel=6,
        )


def tell_of_trained_embeddings(columns: Any) -> None:
    """Warns of what 2.15 did silently, so that its checkpoints have optimizer slots for them.

    Args:
        columns: feature columns of a linear model; the warning is of embeddings made with
            ``trainable=False``.
    """
    listed = columns if isinstance(columns, list | tuple | set) else []
    frozen = [c.name for c in listed if is_dense(c) and getattr(c, "trainable", True) is False]
    if frozen:
        notify(
            f"Linear models train {', '.join(frozen)} in spite of trainable=False, as "
            "tf.estimator 2.15 did. Use an embedding_column in a deep model, or a model_fn of "
            "your own, where the embeddings must keep their values.",
            stacklevel=6,
        )


def _check_hidden_units(hidden_units: Any) -> None:
    sizes: Iterable[Any] = hidden_units if isinstance(hidden_units, Iterable) else [None]
    for size in sizes:
        if isinstance(size, bool) or not hasattr(size, "__index__") or size < 1:
            raise InvalidArgumentError(
                "hidden_units must be a list of ints in the range [1, inf). Got "
                f"{hidden_units!r} instead."
            )


@dataclass(frozen=True)
class LinearNetwork:
    """A linear model over feature columns.

    Args:
        columns: dense and categorical feature columns.
        sparse_combiner: how several ids of one column are combined: ``"sum"``, ``"mean"``,
            ``"sqrtn"``.
        scope: what the names of variables and ops begin with, below the open variable scope.
        make_model: makes the model, as
            :func:`~trainwright.estimator.columns.linear_model.linear_model` does.
    """

    columns: Any
    sparse_combiner: str = "sum"
    scope: str = "linear"
    make_model: Callable[[Mapping[str, Any], Any, int, str, str, str], LinearOutput] = linear_model

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", kept(self.columns))  # for the graph of each mode

    def __call__(self, features: Mapping[str, Any], units: int) -> NetworkOutput:
        """Builds the model.

        Args:
            features: tensors by name.
            units: size of the logits.
        """
        before = len(v1.global_variables())
        scope = joined(self.scope, _LINEAR_SCOPE)
        # The name that 2.15 gave the logits, and that signatures of its SavedModels show.
        ops = joined(scope, scope, scope)
        output = self.make_model(features, self.columns, units, self.sparse_combiner, scope, ops)
        summarize_linear(output.weights, output.bias)
        # All of them, as in 2.15: linear models train frozen embeddings too.
        made = _made(scope, v1.global_variables()[before:])
        return NetworkOutput(output.logits, made, [])


def baseline(features: Any, units: int) -> NetworkOutput:
    """Logits that do not depend on the features: a bias, repeated for each example.

    Args:
        features: tensors by name, or one tensor; only the size of the batch is taken from them.
        units: size of the logits.

    Raises:
        ValueError: no features.
    """
    first = next(iter(features.values()), None) if isinstance(features, Mapping) else features
    if first is None:
        raise ValueError(
            "features must hold at least one tensor: a baseline takes the batch size from it. "
            f"Got {features!r} instead."
        )
    sparse = isinstance(first, tf.SparseTensor)
    batch = first.dense_shape[0] if sparse else tf.shape(first, out_type=tf.int64)[0]
    bias = v1.get_variable(
        "baseline/bias", [units], initializer=tf.zeros_initializer(), use_resource=True
    )
    with tf.name_scope("baseline/"):
        ones = tf.ones(tf.stack([batch, units]), tf.float32)
        logits = tf.multiply(ones, bias, name="Mul")
        logits.set_shape([None if sparse else first.shape[0], units])
    return NetworkOutput(logits, [bias], [])


def _made(scope: str, new: Sequence[tf.Variable]) -> list[tf.Variable]:
    """The variables of a network: the new ones, or, where it reuses another's, those."""
    reused = v1.trainable_variables() if v1.get_variable_scope().reuse else ()
    return _under(scope, new) or _under(scope, reused)


def _under(scope: str, variables: Sequence[tf.Variable]) -> list[tf.Variable]:
    """Those of the variables that were made under a scope."""
    prefix = op_scope(scope)
    return [variable for variable in variables if variable.name.startswith(prefix)]


def activation_function(
    activation: Callable[[Any], Any] | str | None,
) -> Callable[[Any], Any] | None:
    """The function meant by an ``activation_fn``.

    Args:
        activation: a function, the name of one of Keras, or None for none.

    Raises:
        InvalidArgumentError: anything else.
    """
    if activation is None or callable(activation):
        return activation
    try:
        found: Callable[[Any], Any] = tf.keras.activations.get(activation)
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError(
            f"activation_fn must be a function such as tf.nn.relu, the name of one of Keras, or "
            f"None. Got {activation!r} instead."
        ) from error
    return found
