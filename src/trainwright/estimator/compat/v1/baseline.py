"""Models that ignore the features: what any other model must beat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trainwright.estimator.canned.model_fns import check_head
from trainwright.estimator.compat.v1.core import Estimator
from trainwright.estimator.compat.v1.heads import head_for_classes, head_for_regression
from trainwright.estimator.compat.v1.model_fns import baseline_model_fn
from trainwright.estimator.heads import Head
from trainwright.estimator.run_config import RunConfig


class BaselineClassifier(Estimator):
    """Predicts the share of each class in the training data, whatever the features.

    Args:
        model_dir: where checkpoints and events go.
        n_classes: how many classes.
        weight_column: the name of the feature (or a numeric column) of example weights.
        label_vocabulary: the names of the classes, required if labels are strings.
        optimizer: a name (Adagrad, Adam, Ftrl, RMSProp, SGD), which takes a learning rate of 0.3,
            a ``tf.compat.v1.train.Optimizer``, or a function that makes one.
        config: a RunConfig.
        loss_reduction: a ``tf.compat.v1.losses.Reduction`` other than NONE.

    Raises:
        InvalidArgumentError: an argument that is not as above.

    Example:
        >>> import tensorflow as tf
        >>> estimator = BaselineClassifier(n_classes=3)
        >>> def input_fn():
        ...     data = {"age": [20.0, 40.0, 60.0, 35.0]}, [0, 2, 2, 1]
        ...     return tf.data.Dataset.from_tensor_slices(data).batch(4).repeat(5)
        >>> int(next(estimator.train(input_fn).predict(input_fn))["class_ids"][0])
        2
    """

    def __init__(
        self,
        model_dir: Any = None,
        n_classes: int = 2,
        weight_column: Any = None,
        label_vocabulary: Sequence[str] | None = None,
        optimizer: Any = "Ftrl",
        config: RunConfig | None = None,
        loss_reduction: str = "weighted_sum",
    ):
        head = head_for_classes(n_classes, weight_column, label_vocabulary, loss_reduction)
        super().__init__(baseline_model_fn(head, optimizer), model_dir=model_dir, config=config)


class BaselineRegressor(Estimator):
    """Predicts the mean of the training labels, whatever the features.

    Args:
        model_dir: as for :class:`BaselineClassifier`, as are all not named here.
        label_dimension: how many numbers an example has.
        weight_column: the name of the feature (or a numeric column) of example weights.
        optimizer: a name, an optimizer, or a function that makes one.
        config: a RunConfig.
        loss_reduction: a ``tf.compat.v1.losses.Reduction`` other than NONE.

    Raises:
        InvalidArgumentError: an argument that is not as above.
    """

    def __init__(
        self,
        model_dir: Any = None,
        label_dimension: int = 1,
        weight_column: Any = None,
        optimizer: Any = "Ftrl",
        config: RunConfig | None = None,
        loss_reduction: str = "weighted_sum",
    ):
        head = head_for_regression(label_dimension, weight_column, loss_reduction)
        super().__init__(baseline_model_fn(head, optimizer), model_dir=model_dir, config=config)


class BaselineEstimator(Estimator):
    """The best constant logits for the objective of a head, whatever the features.

    Args:
        head: makes the loss and the predictions, with its own reduction of losses.
        model_dir: as for :class:`BaselineClassifier`, as are all others.
        optimizer: a name, an optimizer, or a function that makes one.
        config: a RunConfig.

    Raises:
        InvalidArgumentError: an argument that is not as above.
    """

    def __init__(
        self,
        head: Head,
        model_dir: Any = None,
        optimizer: Any = "Ftrl",
        config: RunConfig | None = None,
    ):
        model_fn = baseline_model_fn(check_head(head), optimizer)
        super().__init__(model_fn, model_dir=model_dir, config=config)
