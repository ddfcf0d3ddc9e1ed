"""Linear models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trainwright.estimator.canned.head_for import head_for_classes, head_for_regression
from trainwright.estimator.canned.model_fns import check_head, linear_model_fn
from trainwright.estimator.canned.networks import LinearNetwork
from trainwright.estimator.canned.sdca import LinearSDCA, sdca_model_fn
from trainwright.estimator.core import Estimator
from trainwright.estimator.heads import Head
from trainwright.estimator.run_config import RunConfig


class _LinearEstimator(Estimator):
    """What the three estimators of this module have in common."""

    def __init__(
        self,
        head: Head,
        feature_columns: Any,
        model_dir: Any,
        optimizer: Any,
        config: RunConfig | None,
        warm_start_from: Any,
        sparse_combiner: str,
    ):
        network = LinearNetwork(feature_columns, sparse_combiner)
        make = sdca_model_fn if isinstance(optimizer, LinearSDCA) else linear_model_fn
        super().__init__(
            make(head, network, optimizer),
            model_dir=model_dir,
            config=config,
            warm_start_from=warm_start_from,
        )


class LinearClassifier(_LinearEstimator):
    """A linear model that tells classes apart.

    Args:
        feature_columns: dense and categorical feature columns.
        model_dir: where checkpoints and events go.
        n_classes: how many classes.
        weight_column: the name of the feature (or a numeric column) of example weights.
        label_vocabulary: the names of the classes, required if labels are strings.
        optimizer: a name (Adagrad, Adam, Ftrl, RMSProp, SGD), an optimizer, or a function that
            makes one. A name takes a learning rate of 0.2.
        config: a RunConfig.
        warm_start_from: a checkpoint, model directory, or WarmStartSettings.
        loss_reduction: ``"sum_over_batch_size"`` or ``"sum"``.
        sparse_combiner: how several ids of one column are combined: ``"sum"``, ``"mean"``,
            ``"sqrtn"``.

    Raises:
        InvalidArgumentError: an argument that is not as above.

    Example:
        >>> import tensorflow as tf
        >>> color = tf.feature_column.categorical_column_with_vocabulary_list("color", ["r", "g"])
        >>> estimator = LinearClassifier([color])
        >>> def input_fn():
        ...     data = {"color": ["r", "g", "g", "r"]}, [0, 1, 1, 0]
        ...     return tf.data.Dataset.from_tensor_slices(data).batch(4).repeat(5)
        >>> float(estimator.train(input_fn).evaluate(input_fn)["accuracy"])
        1.0
    """

    def __init__(
        self,
        feature_columns: Any,
        model_dir: Any = None,
        n_classes: int = 2,
        weight_column: Any = None,
        label_vocabulary: Sequence[str] | None = None,
        optimizer: Any = "Ftrl",
        config: RunConfig | None = None,
        warm_start_from: Any = None,
        loss_reduction: str = "sum_over_batch_size",
        sparse_combiner: str = "sum",
    ):
        super().__init__(
            head_for_classes(n_classes, weight_column, label_vocabulary, loss_reduction),
            feature_columns,
            model_dir,
            optimizer,
            config,
            warm_start_from,
            sparse_combiner,
        )


class LinearRegressor(_LinearEstimator):
    """A linear model that predicts numbers.

    Args:
        feature_columns: as for :class:`LinearClassifier`, as are all not named here.
        model_dir: where checkpoints and events go.
        label_dimension: how many numbers an example has.
        weight_column: the name of the feature (or a numeric column) of example weights.
        optimizer: a name, an optimizer, or a function that makes one.
        config: a RunConfig.
        warm_start_from: a checkpoint, model directory, or WarmStartSettings.
        loss_reduction: ``"sum_over_batch_size"`` or ``"sum"``.
        sparse_combiner: how several ids of one column are combined.

    Raises:
        InvalidArgumentError: an argument that is not as above.
    """

    def __init__(
        self,
        feature_columns: Any,
        model_dir: Any = None,
        label_dimension: int = 1,
        weight_column: Any = None,
        optimizer: Any = "Ftrl",
        config: RunConfig | None = None,
        warm_start_from: Any = None,
        loss_reduction: str = "sum_over_batch_size",
        sparse_combiner: str = "sum",
    ):
        super().__init__(
            head_for_regression(label_dimension, weight_column, loss_reduction),
            feature_columns,
            model_dir,
            optimizer,
            config,
            warm_start_from,
            sparse_combiner,
        )


class LinearEstimator(_LinearEstimator):
    """A linear model for the objective of a head.

    Args:
        head: makes the loss and the predictions.
        feature_columns: as for :class:`LinearClassifier`, as are all others.
        model_dir: where checkpoints and events go.
        optimizer: a name, an optimizer, or a function that makes one.
        config: a RunConfig.
        sparse_combiner: how several ids of one column are combined.
        warm_start_from: a checkpoint, model directory, or WarmStartSettings.

    Raises:
        InvalidArgumentError: an argument that is not as above.
    """

    def __init__(
        self,
        head: Head,
        feature_columns: Any,
        model_dir: Any = None,
        optimizer: Any = "Ftrl",
        config: RunConfig | None = None,
        sparse_combiner: str = "sum",
        warm_start_from: Any = None,
    ):
        super().__init__(
            check_head(head),
            feature_columns,
            model_dir,
            optimizer,
            config,
            warm_start_from,
            sparse_combiner,
        )
