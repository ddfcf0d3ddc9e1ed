"""What a head makes for a model_fn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.heads import BinaryClassHead, Head, MultiHead, RegressionHead

v1 = tf.compat.v1


def spec_of(head: Any, mode: str = "train", labels: Any = (1.0, 0.0), **options: Any) -> Any:
    """The spec of logits that are one variable."""
    v1.train.get_or_create_global_step()
    shape = [2, head.logits_dimension]
    weight = v1.get_variable("weight", shape, initializer=tf.ones_initializer())
    if not options:
        options = {"optimizer": "SGD", "trainable_variables": [weight]}
    return head.create_estimator_spec({}, mode, weight * 1.0, labels, **options)


@pytest.mark.parametrize(
    "optimizer", ["SGD", v1.train.GradientDescentOptimizer(0.01), tf.keras.optimizers.SGD]
)
def test_an_optimizer_of_any_kind_trains(optimizer: Any) -> None:
    with tf.Graph().as_default(), v1.Session() as session:
        weight = v1.get_variable("weight", [2, 1], initializer=tf.ones_initializer())
        step = v1.train.get_or_create_global_step()
        spec = RegressionHead(loss_reduction="sum").create_estimator_spec(
            {}, "train", weight * 1.0, [1.0, 0.0], optimizer, [weight]
        )
        session.run(v1.global_variables_initializer())
        session.run(spec.train_op)
        np.testing.assert_allclose(session.run(weight), [[1.0], [0.98]], rtol=1e-6)
        assert session.run(step) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"train_op_fn": None},
            r"One of optimizer and train_op_fn must be given to train\. Got neither\.",
        ),
        (
            {"train_op_fn": lambda loss: loss, "optimizer": "SGD"},
            r"Only one of optimizer and train_op_fn may be given\. Got both\.",
        ),
        (
            {"optimizer": "SGD"},
            "trainable_variables must name the variables that the optimizer may",
        ),
        (
            {"optimizer": "SGD", "trainable_variables": []},
            r"trainable_variables must hold one variable or more\. Got none\.",
        ),
        ({"optimizer": "SGD", "trainable_variables": "weight"}, "must be a list or tuple"),
    ],
)
@pytest.mark.parametrize("head", [RegressionHead(), MultiHead([RegressionHead(name="b")])])
def test_training_needs_an_optimizer_or_a_function(head: Any, options: Any, message: str) -> None:
    labels = {"b": [1.0, 0.0]} if isinstance(head, MultiHead) else [1.0, 0.0]
    with tf.Graph().as_default(), pytest.raises(InvalidArgumentError, match=message):
        spec_of(head, labels=labels, **options)


def test_update_ops_run_with_the_step() -> None:
    with tf.Graph().as_default(), v1.Session() as session:
        count = v1.get_variable("count", [], initializer=tf.zeros_initializer())
        update = count.assign_add(1.0)
        spec = spec_of(RegressionHead(), train_op_fn=lambda loss: tf.no_op(), update_ops=[update])
        session.run(v1.global_variables_initializer())
        session.run(spec.train_op)
        assert session.run(count) == 1.0


def test_regularization_joins_the_loss_but_not_its_average() -> None:
    with tf.Graph().as_default(), v1.Session() as session:
        spec = spec_of(BinaryClassHead(name="q"), "eval", regularization_losses=[tf.constant(2.0)])
        session.run([v1.global_variables_initializer(), v1.local_variables_initializer()])
        session.run([update for _, update in spec.eval_metric_ops.values()])
        loss, values = session.run(
            [spec.loss, {name: value for name, (value, _) in spec.eval_metric_ops.items()}]
        )
    assert values["regularization_loss/q"] == 2.0
    assert loss == pytest.approx(values["average_loss/q"] + 2.0)


def test_summaries_bear_the_name_of_the_head() -> None:
    with tf.Graph().as_default():
        spec_of(
            BinaryClassHead(name="q"),
            train_op_fn=lambda loss: tf.no_op(),
            regularization_losses=[tf.constant(2.0)],
        )
        summaries = v1.get_collection(v1.GraphKeys.SUMMARIES)
        assert [summary.op.name for summary in summaries] == ["loss/q", "regularization_loss/q"]


def test_summaries_of_several_heads() -> None:
    head = MultiHead([BinaryClassHead(name="a"), RegressionHead(name="b")])
    with tf.Graph().as_default():
        spec_of(
            head,
            labels={"a": [1, 0], "b": [1.0, 0.0]},
            train_op_fn=lambda loss: tf.no_op(),
            regularization_losses=[tf.constant(2.0)],
        )
        summaries = v1.get_collection(v1.GraphKeys.SUMMARIES)
        names = [summary.op.name for summary in summaries]
    assert names == ["loss/a", "loss/b", "loss", "regularization_loss"]


def test_metric_variables_are_local() -> None:
    with tf.Graph().as_default():
        spec_of(BinaryClassHead(), "eval")
        local = v1.get_collection(v1.GraphKeys.LOCAL_VARIABLES)
        assert {variable.ref() for variable in local} == {
            variable.ref() for variable in v1.get_collection(v1.GraphKeys.METRIC_VARIABLES)
        }
        assert {variable.op.name for variable in v1.global_variables()} == {
            "global_step",
            "weight",
        }


def test_a_head_without_a_spec_says_so() -> None:
    class Bare(Head):
        name = None
        logits_dimension = 1
        loss_reduction = "sum"

        def loss(self, *args: Any, **options: Any) -> Any: ...
        def predictions(self, *args: Any, **options: Any) -> Any: ...
        def metrics(self, *args: Any, **options: Any) -> Any: ...
        def update_metrics(self, *args: Any, **options: Any) -> Any: ...

    with pytest.raises(NotImplementedError, match="Bare does not define create_estimator_spec"):
        Bare().create_estimator_spec({}, "train", [[1.0]])


def test_an_interface_cannot_be_made() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Head()  # type: ignore[abstract]
