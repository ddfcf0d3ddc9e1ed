"""Wide and deep models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from trainwright.estimator.canned.dnn_linear_combined import check_halves
from trainwright.estimator.canned.model_fns import check_head
from trainwright.estimator.compat.v1.core import Estimator
from trainwright.estimator.compat.v1.heads import head_for_classes, head_for_regression
from trainwright.estimator.compat.v1.model_fns import (
    check_partitioner,
    combined_model_fn,
    deep_network,
    linear_network,
)
from trainwright.estimator.heads import Head
from trainwright.estimator.run_config import RunConfig


class _WideAndDeep(Estimator):
    """What the three estimators of this module have in common."""

    def __init__(
        self,
        head: Head,
        model_dir: Any,
        linear_feature_columns: Any,
        linear_optimizer: Any,
        dnn_feature_columns: Any,
        dnn_optimizer: Any,
        dnn_hidden_units: Sequence[int] | None,
        dnn_activation_fn: Any,
        dnn_dropout: float | None,
        input_layer_partitioner: Callable[..., Any] | None,
        config: RunConfig | None,
        warm_start_from: Any,
        batch_norm: bool,
        linear_sparse_combiner: str,
    ):
        check_halves(linear_feature_columns, dnn_feature_columns, dnn_hidden_units)
        deep = linear = None
        if dnn_feature_columns:
            deep = deep_network(
                dnn_feature_columns,
                hidden_units=dnn_hidden_units,
                activation_fn=dnn_activation_fn,
                dropout=dnn_dropout,
                batch_norm=batch_norm,
            )
        if linear_feature_columns:
            linear = linear_network(linear_feature_columns, linear_sparse_combiner)
        partitioner = check_partitioner(input_layer_partitioner, "input_layer_partitioner")
        super().__init__(
            combined_model_fn(head, deep, dnn_optimizer, linear, linear_optimizer, partitioner),
            model_dir=model_dir,
            config=config,
            warm_start_from=warm_start_from,
        )


class DNNLinearCombinedClassifier(_WideAndDeep):
    """A linear model and a deep network, trained jointly to tell classes apart.

    Args:
        model_dir: where checkpoints and events go.
        linear_feature_columns: the columns of the linear half.
        linear_optimizer: the optimizer of the linear half: a name, which takes a learning rate of
            0.005, a ``tf.compat.v1.train.Optimizer``, or a function that makes one.
        dnn_feature_columns: the dense columns of the deep half.
        dnn_optimizer: the optimizer of the deep half; a name takes a learning rate of 0.001.
        dnn_hidden_units: the size of each hidden layer.
        dnn_activation_fn: of the hidden layers.
        dnn_dropout: the share of each hidden layer's outputs dropped in training.
        n_classes: how many classes.
        weight_column: the name of the feature (or a numeric column) of example weights.
        label_vocabulary: the names of the classes, required if labels are strings.
        input_layer_partitioner: splits the variables of the input layer and of the linear half;
            None: by their size, among parameter servers.
        config: a RunConfig.
        warm_start_from: a checkpoint, model directory, or WarmStartSettings.
        loss_reduction: a ``tf.compat.v1.losses.Reduction`` other than NONE.
        batch_norm: whether hidden layers are followed by batch normalization.
        linear_sparse_combiner: how several ids of one column are combined: ``"sum"``,
            ``"mean"``, ``"sqrtn"``.

    Raises:
        InvalidArgumentError: no columns at all, deep ones without hidden units, or any argument
            that is not as above.

    Example:
        >>> age = tf.feature_column.numeric_column("age")
        >>> bands = tf.feature_column.bucketized_column(age, [30.0, 50.0])
        >>> estimator = DNNLinearCombinedClassifier(
        ...     linear_feature_columns=[bands], dnn_feature_columns=[age], dnn_hidden_units=[8])
        >>> def input_fn():
        ...     data = {"age": [20.0, 40.0, 60.0, 35.0]}, [0, 0, 1, 0]
        ...     return tf.data.Dataset.from_tensor_slices(data).batch(4)
        >>> [name for name in estimator.train(input_fn).get_variable_names() if "Ftrl" in name][0]
        'linear/linear_model/age_bucketized/weights/Ftrl'
    """

    def __init__(
        self,
        model_dir: Any = None,
        linear_feature_columns: Any = None,
        linear_optimizer: Any = "Ftrl",
        dnn_feature_columns: Any = None,
        dnn_optimizer: Any = "Adagrad",
        dnn_hidden_units: Sequence[int] | None = None,
        dnn_activation_fn: Callable[[Any], Any] | str | None = tf.nn.relu,
        dnn_dropout: float | None = None,
        n_classes: int = 2,
        weight_column: Any = None,
        label_vocabulary: Sequence[str] | None = None,
        input_layer_partitioner: Callable[..., Any] | None = None,
        config: RunConfig | None = None,
        warm_start_from: Any = None,
        loss_reduction: str = "weighted_sum",
        batch_norm: bool = False,
        linear_sparse_combiner: str = "sum",
    ):
        super().__init__(
            head_for_classes(n_classes, weight_column, label_vocabulary, loss_reduction),
            model_dir,
            linear_feature_columns,
            linear_optimizer,
            dnn_feature_columns,
            dnn_optimizer,
            dnn_hidden_units,
            dnn_activation_fn,
            dnn_dropout,
            input_layer_partitioner,
            config,
            warm_start_from,
            batch_norm,
            linear_sparse_combiner,
        )


class DNNLinearCombinedRegressor(_WideAndDeep):
    """A linear model and a deep network, trained jointly to predict numbers.

    Args:
        model_dir: as for :class:`DNNLinearCombinedClassifier`, as are all not named here.
        linear_feature_columns: the columns of the linear half.
        linear_optimizer: the optimizer of the linear half.
        dnn_feature_columns: the dense columns of the deep half.
        dnn_optimizer: the optimizer of the deep half.
        dnn_hidden_units: the size of each hidden layer.
        dnn_activation_fn: of the hidden layers.
        dnn_dropout: the share of each hidden layer's outputs dropped in training.
        label_dimension: how many numbers an example has.
        weight_column: the name of the feature (or a numeric column) of example weights.
        input_layer_partitioner: splits the variables of the input layer and of the linear half.
        config: a RunConfig.
        warm_start_from: a checkpoint, model directory, or WarmStartSettings.
        loss_reduction: a ``tf.compat.v1.losses.Reduction`` other than NONE.
        batch_norm: whether hidden layers are followed by batch normalization.
        linear_sparse_combiner: how several ids of one column are combined.

    Raises:
        InvalidArgumentError: as for :class:`DNNLinearCombinedClassifier`.
    """

    def __init__(
        self,
        model_dir: Any = None,
        linear_feature_columns: Any = None,
        linear_optimizer: Any = "Ftrl",
        dnn_feature_columns: Any = None,
        dnn_optimizer: Any = "Adagrad",
        dnn_hidden_units: Sequence[int] | None = None,
        dnn_activation_fn: Callable[[Any], Any] | str | None = tf.nn.relu,
        dnn_dropout: float | None = None,
        label_dimension: int = 1,
        weight_column: Any = None,
        input_layer_partitioner: Callable[..., Any] | None = None,
        config: RunConfig | None = None,
        warm_start_from: Any = None,
        loss_reduction: str = "weighted_sum",
        batch_norm: bool = False,
        linear_sparse_combiner: str = "sum",
    ):
        super().__init__(
            head_for_regression(label_dimension, weight_column, loss_reduction),
            model_dir,
            linear_feature_columns,
            linear_optimizer,
            dnn_feature_columns,
            dnn_optimizer,
            dnn_hidden_units,
            dnn_activation_fn,
            dnn_dropout,
            input_layer_partitioner,
            config,
            warm_start_from,
            batch_norm,
            linear_sparse_combiner,
        )


class DNNLinearCombinedEstimator(_WideAndDeep):
    """A linear model and a deep network, trained jointly for the objective of a head.

    Args:
        head: makes the loss and the predictions, with its own reduction of losses.
        model_dir: as for :class:`DNNLinearCombinedClassifier`, as are all others.
        linear_feature_columns: the columns of the linear half.
        linear_optimizer: the optimizer of the linear half.
        dnn_feature_columns: the dense columns of the deep half.
        dnn_optimizer: the optimizer of the deep half.
        dnn_hidden_units: the size of each hidden layer.
        dnn_activation_fn: of the hidden layers.
        dnn_dropout: the share of each hidden layer's outputs dropped in training.
        input_layer_partitioner: splits the variables of the input layer and of the linear half.
        config: a RunConfig.
        batch_norm: whether hidden layers are followed by batch normalization.
        linear_sparse_combiner: how several ids of one column are combined.

    Raises:
        InvalidArgumentError: as for :class:`DNNLinearCombinedClassifier`.
    """

    def __init__(
        self,
        head: Head,
        model_dir: Any = None,
        linear_feature_columns: Any = None,
        linear_optimizer: Any = "Ftrl",
        dnn_feature_columns: Any = None,
        dnn_optimizer: Any = "Adagrad",
        dnn_hidden_units: Sequence[int] | None = None,
        dnn_activation_fn: Callable[[Any], Any] | str | None = tf.nn.relu,
        dnn_dropout: float | None = None,
        input_layer_partitioner: Callable[..., Any] | None = None,
        config: RunConfig | None = None,
        batch_norm: bool = False,
        linear_sparse_combiner: str = "sum",
    ):
        super().__init__(
            check_head(head),
            model_dir,
            linear_feature_columns,
            linear_optimizer,
            dnn_feature_columns,
            dnn_optimizer,
            dnn_hidden_units,
            dnn_activation_fn,
            dnn_dropout,
            input_layer_partitioner,
            config,
            None,
            batch_norm,
            linear_sparse_combiner,
        )
