from __future__ import annotations

from typing import Any

import pytest
import tensorflow as tf

from trainwright.estimator.compat.v1.heads import (
    REDUCTIONS,
    head_for_classes,
    head_for_regression,
)

v1 = tf.compat.v1
Reduction = v1.losses.Reduction
FEATURES = {"w": [[1.0], [3.0], [0.0]]}
PAIRS = [[1.0, 2.0], [0.0, 1.0], [2.0, 2.0]]
CLASSES = [[0], [1], [1]]


def loss_of(head: Any, labels: Any) -> float:
    logits = tf.zeros([3, head.logits_dimension])
    return float(head.loss(tf.constant(labels), logits, FEATURES))


def test_reductions_are_those_of_v1_but_none() -> None:
    assert set(REDUCTIONS) == set(Reduction.all()) - {Reduction.NONE}


# As TensorFlow 2.15 computed them: two classes, three classes, two numbers to an example.
@pytest.mark.parametrize(
    ("reduction", "binary", "several", "numbers"),
    [
        (Reduction.SUM, 2.7725887, 4.394449, 8.0),
        (Reduction.MEAN, 0.6931472, 1.0986123, 1.0),
        (Reduction.SUM_BY_NONZERO_WEIGHTS, 1.3862944, 2.1972246, 2.0),
        (Reduction.SUM_OVER_NONZERO_WEIGHTS, 1.3862944, 2.1972246, 2.0),
        (Reduction.SUM_OVER_BATCH_SIZE, 0.92419624, 1.4648165, 1.3333334),
    ],
)
def test_losses_are_reduced_as_in_2_15(
    reduction: str, binary: float, several: float, numbers: float
) -> None:
    assert loss_of(head_for_classes(2, "w", None, reduction), CLASSES) == pytest.approx(binary)
    assert loss_of(head_for_classes(3, "w", None, reduction), CLASSES) == pytest.approx(several)
    assert loss_of(head_for_regression(2, "w", reduction), PAIRS) == pytest.approx(numbers)


@pytest.mark.parametrize("reduction", ["none", "sum", "sum_over_batch_size", "auto", None, "mean"])
def test_other_reductions_are_errors(reduction: Any) -> None:
    message = "must be one of tf.compat.v1.losses.Reduction: 'weighted_sum'"
    with pytest.raises(ValueError, match=message):
        head_for_classes(2, None, None, reduction)
    with pytest.raises(ValueError, match=message):
        head_for_regression(1, None, reduction)


def summaries(head: Any, labels: Any, mode: str = "train") -> dict[str, float]:
    """The scalars of a training step, by tag."""
    with tf.Graph().as_default(), v1.Session() as session:
        v1.train.create_global_step()
        head.create_estimator_spec(
            {"w": tf.constant(FEATURES["w"])},
            mode,
            tf.zeros([3, head.logits_dimension]),
            tf.constant(labels),
            train_op_fn=lambda loss: tf.no_op(),
        )
        merged = v1.summary.merge_all()
        values = [] if merged is None else v1.Summary.FromString(session.run(merged)).value
        return {value.tag: value.simple_value for value in values}


def test_training_shows_the_mean_of_a_summed_loss() -> None:
    shown = summaries(head_for_regression(2, "w", Reduction.SUM), PAIRS)
    assert shown == {"loss": 8.0, "average_loss": 1.0}
    assert summaries(head_for_regression(2, "w", Reduction.MEAN), PAIRS) == {"loss": 1.0}
    assert summaries(head_for_regression(2, "w", Reduction.SUM), PAIRS, "eval") == {}


def test_the_loss_is_in_the_collection_of_losses() -> None:
    with tf.Graph().as_default():
        head = head_for_classes(2, None, None, Reduction.SUM)
        loss = head.loss(tf.constant(CLASSES), tf.zeros([3, 1]), mode="eval")
        assert v1.losses.get_losses() == [loss]
