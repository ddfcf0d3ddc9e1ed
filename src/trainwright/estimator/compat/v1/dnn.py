"""Deep networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from trainwright.estimator.canned.model_fns import check_head
from trainwright.estimator.compat.v1.core import Estimator
from trainwright.estimator.compat.v1.heads import head_for_classes, head_for_regression
from trainwright.estimator.compat.v1.model_fns import (
    check_partitioner,
    deep_model_fn,
    deep_network,
)
from trainwright.estimator.heads import Head
from trainwright.estimator.run_config import RunConfig


class _DeepEstimator(Estimator):
    """What the three estimators of this module have in common."""

    def __init__(
        self,
        head: Head,
        hidden_units: Sequence[int],
        feature_columns: Any,
        model_dir: Any,
        optimizer: Any,
        activation_fn: Any,
        dropout: float | None,
        input_layer_partitioner: Callable[..., Any] | None,
        config: RunConfig | None,
        warm_start_from: Any,
        batch_norm: bool,
    ):
        network = deep_network(
            feature_columns,
            hidden_units=hidden_units,
            activation_fn=activation_fn,
            dropout=dropout,
            batch_norm=batch_norm,
        )
        partitioner = check_partitioner(input_layer_partitioner, "input_layer_partitioner")
        super().__init__(
            deep_model_fn(head, network, optimizer, partitioner),
            model_dir=model_dir,
            config=config,
            warm_start_from=warm_start_from,
        )


class DNNClassifier(_DeepEstimator):
    """A deep network that tells classes apart.

    Args:
        hidden_units: the size of each hidden layer, from the first to the last.
        feature_columns: dense feature columns, of ``tf.compat.v1.feature_column`` too.
        model_dir: where checkpoints and events go.
        n_classes: how many classes.
        weight_column: the name of the feature (or a numeric column) of example weights.
        label_vocabulary: the names of the classes, required if labels are strings.
        optimizer: a name (Adagrad, Adam, Ftrl, RMSProp, SGD), which takes a learning rate of
            0.05, a ``tf.compat.v1.train.Optimizer``, or a function that makes one.
        activation_fn: of the hidden layers: a function, the name of one of Keras, or None.
        dropout: the share of each hidden layer's outputs dropped in training.
        input_layer_partitioner: splits the variables of the input layer; None: by their size,
            among parameter servers.
        config: a RunConfig.
        warm_start_from: a checkpoint, model directory, or WarmStartSettings.
        loss_reduction: a ``tf.compat.v1.losses.Reduction`` other than NONE.
        batch_norm: whether hidden layers are followed by batch normalization.

    Raises:
        InvalidArgumentError: an argument that is not as above.

    Example:
        >>> age = tf.feature_column.numeric_column("age")
        >>> estimator = DNNClassifier([8, 4], [age])
        >>> def input_fn():
        ...     data = {"age": [20.0, 40.0, 60.0, 35.0]}, [0, 0, 1, 0]
        ...     return tf.data.Dataset.from_tensor_slices(data).batch(4)
        >>> results = estimator.train(input_fn).evaluate(input_fn)
        >>> bool(abs(results["loss"] - 4 * results["average_loss"]) < 1e-5)
        True
    """

    def __init__(
        self,
        hidden_units: Sequence[int],
        feature_columns: Any,
        model_dir: Any = None,
        n_classes: int = 2,
        weight_column: Any = None,
        label_vocabulary: Sequence[str] | None = None,
        optimizer: Any = "Adagrad",
        activation_fn: Callable[[Any], Any] | str | None = tf.nn.relu,
        dropout: float | None = None,
        input_layer_partitioner: Callable[..., Any] | None = None,
        config: RunConfig | None = None,
        warm_start_from: Any = None,
        loss_reduction: str = "weighted_sum",
        batch_norm: bool = False,
    ):
        super().__init__(
            head_for_classes(n_classes, weight_column, label_vocabulary, loss_reduction),
            hidden_units,
            feature_columns,
            model_dir,
            optimizer,
            activation_fn,
            dropout,
            input_layer_partitioner,
            config,
            warm_start_from,
            batch_norm,
        )


class DNNRegressor(_DeepEstimator):
    """A deep network that predicts numbers.

    Args:
        hidden_units: as for :class:`DNNClassifier`, as are all not named here.
        feature_columns: dense feature columns.
        model_dir: where checkpoints and events go.
        label_dimension: how many numbers an example has.
        weight_column: the name of the feature (or a numeric column) of example weights.
        optimizer: a name, an optimizer, or a function that makes one.
        activation_fn: of the hidden layers.
        dropout: the share of each hidden layer's outputs dropped in training.
        input_layer_partitioner: splits the variables of the input layer.
        config: a RunConfig.
        warm_start_from: a checkpoint, model directory, or WarmStartSettings.
        loss_reduction: a ``tf.compat.v1.losses.Reduction`` other than NONE.
        batch_norm: whether hidden layers are followed by batch normalization.

    Raises:
        InvalidArgumentError: an argument that is not as above.
    """

    def __init__(
        self,
        hidden_units: Sequence[int],
        feature_columns: Any,
        model_dir: Any = None,
        label_dimension: int = 1,
        weight_column: Any = None,
        optimizer: Any = "Adagrad",
        activation_fn: Callable[[Any], Any] | str | None = tf.nn.relu,
        dropout: float | None = None,
        input_layer_partitioner: Callable[..., Any] | None = None,
        config: RunConfig | None = None,
        warm_start_from: Any = None,
        loss_reduction: str = "weighted_sum",
        batch_norm: bool = False,
    ):
        super().__init__(
            head_for_regression(label_dimension, weight_column, loss_reduction),
            hidden_units,
            feature_columns,
            model_dir,
            optimizer,
            activation_fn,
            dropout,
            input_layer_partitioner,
            config,
            warm_start_from,
            batch_norm,
        )


class DNNEstimator(_DeepEstimator):
    """A deep network for the objective of a head.

    Args:
        head: makes the loss and the predictions, with its own reduction of losses.
        hidden_units: as for :class:`DNNClassifier`, as are all others.
        feature_columns: dense feature columns.
        model_dir: where checkpoints and events go.
        optimizer: a name, an optimizer, or a function that makes one.
        activation_fn: of the hidden layers.
        dropout: the share of each hidden layer's outputs dropped in training.
        input_layer_partitioner: splits the variables of the input layer.
        config: a RunConfig.
        warm_start_from: a checkpoint, model directory, or WarmStartSettings.
        batch_norm: whether hidden layers are followed by batch normalization.

    Raises:
        InvalidArgumentError: an argument that is not as above.
    """

    def __init__(
        self,
        head: Head,
        hidden_units: Sequence[int],
        feature_columns: Any,
        model_dir: Any = None,
        optimizer: Any = "Adagrad",
        activation_fn: Callable[[Any], Any] | str | None = tf.nn.relu,
        dropout: float | None = None,
        input_layer_partitioner: Callable[..., Any] | None = None,
        config: RunConfig | None = None,
        warm_start_from: Any = None,
        batch_norm: bool = False,
    ):
        super().__init__(
            check_head(head),
            hidden_units,
            feature_columns,
            model_dir,
            optimizer,
            activation_fn,
            dropout,
            input_layer_partitioner,
            config,
            warm_start_from,
            batch_norm,
        )
