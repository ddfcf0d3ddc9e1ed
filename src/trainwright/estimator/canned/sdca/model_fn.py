"""The model function of linear estimators that are trained by dual coordinate ascent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.canned.model_fns import ModelFn, check_features
from trainwright.estimator.canned.networks import LinearNetwork, NetworkOutput
from trainwright.estimator.canned.sdca.example_table import ExampleTable
from trainwright.estimator.canned.sdca.inputs import inputs_of
from trainwright.estimator.canned.sdca.options import LinearSDCA
from trainwright.estimator.canned.sdca.step import ascend, summarize
from trainwright.estimator.heads import (
    BinaryClassHead,
    Head,
    LogisticRegressionHead,
    MultiClassHead,
    PoissonRegressionHead,
    RegressionHead,
)
from trainwright.estimator.heads.losses import example_weights
from trainwright.estimator.heads.single import SingleHead
from trainwright.estimator.spec import EstimatorSpec
from trainwright.notices import notify

v1 = tf.compat.v1


TrainOp = Callable[[Mapping[str, Any], Any, NetworkOutput, tf.Tensor], Any]
"""From features, labels, the network's output and the loss to the op of one training step."""


def sdca_model_fn(head: Head, network: LinearNetwork, options: LinearSDCA) -> ModelFn:
    """The model function of a linear estimator with a LinearSDCA.

    Args:
        head: makes the loss and the predictions.
        network: makes the logits.
        options: the LinearSDCA.

    Raises:
        InvalidArgumentError: a head or a sparse combiner that LinearSDCA is not made for.
    """
    train_op = sdca_train_op(head, network, options)

    def model_fn(features: Any, labels: Any, mode: str) -> EstimatorSpec:
        features = check_features(features)
        output = network(features, head.logits_dimension)
        return head.create_estimator_spec(
            features,
            mode,
            output.logits,
            labels,
            train_op_fn=lambda loss: train_op(features, labels, output, loss),
        )

    return model_fn


def sdca_train_op(head: Head, network: LinearNetwork, options: LinearSDCA) -> TrainOp:
    """What makes the training step of a linear model.

    Args:
        head: makes the loss.
        network: makes the logits.
        options: the LinearSDCA.

    Raises:
        InvalidArgumentError: a head or a sparse combiner that LinearSDCA is not made for.
    """
    if network.sparse_combiner != "sum":
        raise InvalidArgumentError(
            'A model that LinearSDCA trains must have the sparse_combiner "sum". Got '
            f"{network.sparse_combiner!r} instead."
        )
    single, loss_type = _loss_type(head)

    def train_op(
        features: Mapping[str, Any], labels: Any, output: NetworkOutput, loss: tf.Tensor
    ) -> Any:
        ids = _ids(features, options.example_id_column)
        batch = tf.shape(ids)[0]
        inputs = inputs_of(features, network.columns, output.trainable, batch)
        table = ExampleTable(options.num_table_shards)
        with tf.name_scope(""):
            summarize(inputs, table, options)
        targets = tf.cast(single._process_labels(labels, output.logits), tf.float32)
        weights = example_weights(features, single._weight_column, targets)
        weights = tf.ones([batch]) if weights is None else tf.reshape(weights, [-1])
        # The loss is that of the weights before they change.
        with tf.control_dependencies([loss]):
            changed = ascend(
                inputs, tf.reshape(targets, [-1]), weights, ids, table, loss_type, options
            )
        with tf.control_dependencies([changed]):
            return tf.group(v1.train.get_or_create_global_step().assign_add(1, read_value=False))

    return train_op


def _loss_type(head: Head) -> tuple[SingleHead, str]:
    """The head, and the loss that is minimized for it."""
    if isinstance(head, BinaryClassHead):
        return head, "logistic_loss"
    if isinstance(head, MultiClassHead):
        raise InvalidArgumentError(
            f"LinearSDCA tells two classes apart. Got a head of {head.logits_dimension} instead."
        )
    if not isinstance(head, RegressionHead):
        raise InvalidArgumentError(
            f"LinearSDCA takes a BinaryClassHead or a RegressionHead. Got {head!r} instead."
        )
    if head.logits_dimension != 1:
        raise InvalidArgumentError(
            "LinearSDCA predicts one number. Got a head of label_dimension "
            f"{head.logits_dimension} instead."
        )
    if isinstance(head, PoissonRegressionHead | LogisticRegressionHead):
        notify(
            f"LinearSDCA minimizes the squared difference of labels and logits for "
            f"{type(head).__name__}, as it did in TensorFlow 2.15, and not the loss of that head. "
            "Use another optimizer, or a BinaryClassHead."
        )
    return head, "squared_loss"


def _ids(features: Mapping[str, Any], name: str) -> tf.Tensor:
    """The ids of the examples as numbers, int64 ``[batch, 2]``.

    Raises:
        ValueError: no such feature, or not a string for each example.
    """
    if name not in features:
        raise ValueError(
            f"example_id_column {name!r} is not in the features: "
            f"{', '.join(sorted(map(str, features)))}."
        )
    ids = features[name]
    if not tf.is_tensor(ids) or ids.dtype != tf.string or ids.shape.rank not in (None, 1):
        raise ValueError(
            f"The example ids (feature {name!r}) must be a string tensor [batch]. Got {ids!r} "
            "instead. Parse them with FixedLenFeature([], tf.string), or use tf.strings.as_string."
        )
    return tf.raw_ops.SdcaFprint(input=ids)
