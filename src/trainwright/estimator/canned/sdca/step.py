"""One step of dual coordinate ascent."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from trainwright.estimator.canned.sdca.example_table import ExampleTable
from trainwright.estimator.canned.sdca.inputs import DenseInput, Inputs, SparseInput
from trainwright.estimator.canned.sdca.options import LinearSDCA

v1 = tf.compat.v1


def ascend(
    inputs: Inputs,
    labels: tf.Tensor,
    example_weights: tf.Tensor,
    ids: tf.Tensor,
    table: ExampleTable,
    loss_type: str,
    options: LinearSDCA,
) -> tf.Operation:
    """The op that changes the model's weights for a batch.

    Args:
        inputs: the columns.
        labels: float32 ``[batch]``.
        example_weights: float32 ``[batch]``.
        ids: int64 ``[batch, 2]``.
        table: what is remembered of examples.
        loss_type: ``"logistic_loss"`` or ``"squared_loss"``.
        options: regularization and partitions.
    """
    used = [tf.unique(given.ids).y for given in inputs.sparse]
    result = tf.raw_ops.SdcaOptimizerV2(
        sparse_example_indices=[given.examples for given in inputs.sparse],
        sparse_feature_indices=[given.ids for given in inputs.sparse],
        sparse_feature_values=[given.values for given in inputs.sparse],
        dense_features=[given.values for given in inputs.dense],
        example_weights=example_weights,
        example_labels=labels,
        sparse_indices=used,
        sparse_weights=[
            tf.gather(given.unshrunk.read_value(), rows)
            for given, rows in zip(inputs.sparse, used, strict=True)
        ],
        dense_weights=[given.unshrunk.read_value() for given in inputs.dense],
        example_state_data=table.lookup(ids),
        loss_type=loss_type,
        l1=options.l1,
        l2=options.l2,
        num_loss_partitions=options.num_loss_partitions,
        num_inner_iterations=1,
        adaptive=options.adaptive,
    )
    changes: list[Any] = [
        tf.raw_ops.ResourceScatterAdd(resource=given.unshrunk.handle, indices=rows, updates=delta)
        for given, rows, delta in zip(
            inputs.sparse, used, result.out_delta_sparse_weights, strict=True
        )
    ]
    changes += [
        given.unshrunk.assign_add(delta, read_value=False)
        for given, delta in zip(inputs.dense, result.out_delta_dense_weights, strict=True)
    ]
    with tf.control_dependencies(changes):
        shrinks = [_shrink(given, options) for given in inputs.all()]
    return tf.group(*shrinks, table.insert(ids, result.out_example_state_data))


def _shrink(given: SparseInput | DenseInput, options: LinearSDCA) -> tf.Operation:
    """Gives the model its weights: the unshrunk ones, each nearer to nought by ``l1 / l2``."""
    weights = given.unshrunk.read_value()
    less = tf.maximum(tf.abs(weights) - options.l1 / options.l2, 0.0)
    return given.weights.assign(tf.sign(weights) * less, read_value=False)


def summarize(inputs: Inputs, table: ExampleTable, options: LinearSDCA) -> None:
    """Summaries: how many examples were seen, and how far the weights are from the best ones.

    ``approximate_duality_gap`` is the difference of the primal and the dual objective, for each
    unit of example weight.
    """
    sums = table.sums()
    weights = [tf.cast(given.weights.read_value(), tf.float64) for given in inputs.all()]
    l1 = options.l1 * tf.add_n([tf.reduce_sum(tf.abs(values)) for values in weights])
    l2 = options.l2 * tf.add_n([tf.reduce_sum(tf.square(values)) for values in weights])
    gap = (sums.primal_loss + sums.dual_loss + l1 + l2) / sums.weight
    v1.summary.scalar("approximate_duality_gap", gap)
    v1.summary.scalar("examples_seen", table.size())
