"""Stochastic dual coordinate ascent, as an optimizer that linear estimators take."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

from trainwright.errors import InvalidArgumentError


class LinearSDCA:
    """Trains linear models by stochastic dual coordinate ascent (Shalev-Shwartz and Zhang, 2012).

    It minimizes ``sum of losses + l1 * |w| + l2 / 2 * |w|^2`` without a learning rate, where the
    loss is cross entropy or half the squared difference; the bias is one of the ``w``. It knows
    examples that it has seen before by their ids. Give it as ``optimizer`` to a LinearClassifier
    of two classes, to a LinearRegressor of one label, or to a LinearEstimator with such a head.

    Args:
        example_id_column: the name of the feature with the id of each example, string ``[batch]``.
        num_loss_partitions: how many workers train on examples of their own at the same time.
        num_table_shards: into how many tables what is known of examples is divided; None for one.
        symmetric_l1_regularization: ``l1``, not negative.
        symmetric_l2_regularization: ``l2``, positive.
        adaptive: whether the examples that change the model most are seen more often.

    Raises:
        InvalidArgumentError: an argument that is not as above.

    Example:
        >>> import tensorflow as tf
        >>> from trainwright.estimator import LinearRegressor
        >>> x = tf.feature_column.numeric_column("x")
        >>> estimator = LinearRegressor([x], optimizer=LinearSDCA("id"))
        >>> def input_fn():
        ...     data = {"x": [1.0, 2.0], "id": ["a", "b"]}, [3.0, 5.0]
        ...     return tf.data.Dataset.from_tensor_slices(data).batch(2).repeat(50)
        >>> estimator = estimator.train(input_fn)
        >>> weight = estimator.get_variable_value("linear/linear_model/x/weights")
        >>> round(float(weight[0, 0]), 2)
        1.67
    """

    def __init__(
        self,
        example_id_column: str,
        num_loss_partitions: int = 1,
        num_table_shards: int | None = None,
        symmetric_l1_regularization: float = 0.0,
        symmetric_l2_regularization: float = 1.0,
        adaptive: bool = False,
    ):
        if not isinstance(example_id_column, str):
            raise InvalidArgumentError(
                "example_id_column must be the name of a feature. Got "
                f"{example_id_column!r} instead."
            )
        _check_count("num_loss_partitions", num_loss_partitions)
        if num_table_shards is not None:
            _check_count("num_table_shards", num_table_shards)
        _check_strength("symmetric_l1_regularization", symmetric_l1_regularization)
        _check_strength("symmetric_l2_regularization", symmetric_l2_regularization)
        if symmetric_l2_regularization == 0:
            raise InvalidArgumentError(
                "symmetric_l2_regularization must be more than 0. Got "
                f"{symmetric_l2_regularization!r} instead."
            )
        if not isinstance(adaptive, bool):
            raise InvalidArgumentError(f"adaptive must be a bool. Got {adaptive!r} instead.")
        self.example_id_column = example_id_column
        self.num_loss_partitions = num_loss_partitions
        self.num_table_shards = num_table_shards or 1
        self.l1 = float(symmetric_l1_regularization)
        self.l2 = float(symmetric_l2_regularization)
        self.adaptive = adaptive


def _check_count(name: str, value: Any) -> None:
    if isinstance(value, bool) or not hasattr(value, "__index__") or value < 1:
        raise InvalidArgumentError(
            f"{name} must be an int in the range [1, inf). Got {value!r} instead."
        )


def _check_strength(name: str, value: Any) -> None:
    valid = isinstance(value, Real) and not isinstance(value, bool)
    if not valid or not 0.0 <= value < math.inf:
        raise InvalidArgumentError(f"{name} must be a number of 0 or more. Got {value!r} instead.")
