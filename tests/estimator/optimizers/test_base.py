from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.optimizers import (
    SGD,
    Adagrad,
    Adam,
    Ftrl,
    RMSprop,
    get_optimizer,
)


def global_names() -> list[str]:
    return sorted(v.op.name for v in tf.compat.v1.global_variables())


def test_variables_are_saved_but_not_trained(build_model: Callable[..., Any]) -> None:
    with tf.Graph().as_default():
        model = build_model()
        Ftrl().minimize_op(model.loss, model.variables, model.step)
        ours = [v for v in tf.compat.v1.global_variables() if v.op.name.startswith("training/")]
        assert len(ours) == 6 + 4
        assert {v.op.type for v in ours} == {"VarHandleOp"}
        assert tf.compat.v1.trainable_variables() == model.variables


def test_second_optimizer_of_a_name_gets_a_number(build_model: Callable[..., Any]) -> None:
    with tf.Graph().as_default():
        kernel, embedding = build_model().variables
        loss = tf.reduce_sum(kernel) + tf.reduce_sum(embedding)
        shared = Adagrad()
        shared.minimize_op(loss, [kernel], tf.compat.v1.train.get_global_step())
        shared.minimize_op(loss, [embedding])
        assert [name for name in global_names() if name.startswith("training/")] == [
            "training/Adagrad/decay",
            "training/Adagrad/dnn/kernel/accumulator",
            "training/Adagrad/learning_rate",
            "training/Adagrad_1/decay",
            "training/Adagrad_1/dnn/embedding_weights/accumulator",
            "training/Adagrad_1/iter",
            "training/Adagrad_1/learning_rate",
        ]


@pytest.mark.parametrize(("scope", "prefix"), [("training_2", "training_2/SGD/"), ("", "SGD/")])
def test_name_scope_counts_from_the_root(
    build_model: Callable[..., Any], scope: str, prefix: str
) -> None:
    with tf.Graph().as_default():
        model = build_model()
        with tf.name_scope("elsewhere"):
            SGD().minimize_op(model.loss, model.variables, model.step, name_scope=scope)
        assert [name for name in global_names() if "SGD" in name] == [
            f"{prefix}{name}" for name in ("decay", "learning_rate", "momentum")
        ]


def test_same_optimizer_serves_several_graphs(train: Callable[..., Any]) -> None:
    optimizer = Adam()
    first, second = train(lambda: optimizer)[5], train(lambda: optimizer)[5]
    np.testing.assert_equal(first, second)


def test_initial_values_ignore_control_dependencies(build_model: Callable[..., Any]) -> None:
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        model = build_model()
        never = tf.debugging.Assert(False, ["must not run when variables are initialized"])
        with tf.control_dependencies([never]):
            Adam().minimize_op(model.loss, model.variables, model.step)
        session.run(tf.compat.v1.global_variables_initializer())


def test_slots_lie_on_the_device_of_their_variable() -> None:
    with tf.Graph().as_default():
        with tf.device("/job:ps/task:1"):
            weights = tf.compat.v1.get_variable("weights", [2], use_resource=True)
        Adam().minimize_op(tf.reduce_sum(weights), [weights])
        slots = [v for v in tf.compat.v1.global_variables() if v.op.name.endswith(("/m", "/v"))]
        assert [slot.device for slot in slots] == ["/job:ps/task:1"] * 2


@pytest.mark.parametrize("make", [Adam, Ftrl, lambda: RMSprop(momentum=0.9)])
def test_a_saver_restores_everything(
    build_model: Callable[..., Any],
    train: Callable[..., Any],
    tmp_path: Path,
    make: Callable[[], Any],
) -> None:
    def resume(steps: int, save: bool) -> dict[str, Any]:
        with tf.Graph().as_default(), tf.compat.v1.Session() as session:
            model = build_model()
            op = make().minimize_op(model.loss, model.variables, model.step)
            saver = tf.compat.v1.train.Saver()
            if save:
                session.run(tf.compat.v1.global_variables_initializer())
            else:
                saver.restore(session, str(tmp_path / "model.ckpt-2"))
            for _ in range(steps):
                session.run(op)
            if save:
                saver.save(session, str(tmp_path / "model.ckpt"), global_step=2)
            return session.run({v.op.name: v for v in tf.compat.v1.global_variables()})

    resume(2, save=True)
    np.testing.assert_equal(resume(3, save=False), train(make)[5])


def test_learning_rate_may_follow_the_global_step(
    train: Callable[..., Any], assert_same: Callable[..., None]
) -> None:
    def decayed() -> tf.Tensor:
        step = tf.compat.v1.train.get_global_step()
        return tf.compat.v1.train.exponential_decay(0.2, step, 2, 0.7)

    schedule = tf.keras.optimizers.schedules.ExponentialDecay(0.2, 2, 0.7)
    wanted = train(lambda: SGD(schedule))[5]
    assert "training/SGD/learning_rate" not in wanted
    assert_same(train(lambda: SGD(decayed))[5], wanted)
    assert_same(train(lambda: SGD(decayed()))[5], wanted)


def test_learning_rate_may_be_an_eager_value(
    train: Callable[..., Any], assert_same: Callable[..., None]
) -> None:
    wanted = train(lambda: SGD(0.25))[5]
    for rate in (tf.constant(0.25), tf.Variable(0.25), np.float32(0.25)):
        assert_same(train(lambda rate=rate: SGD(rate))[5], wanted)


def test_momentum_may_be_a_tensor(
    train: Callable[..., Any], assert_same: Callable[..., None]
) -> None:
    wanted = train(lambda: SGD(0.1, momentum=0.5))[5]
    del wanted["training/SGD/momentum"]
    assert_same(train(lambda: SGD(0.1, momentum=lambda: tf.constant(0.5)))[5], wanted)


def test_a_constraint_holds_after_the_update() -> None:
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        weights = tf.compat.v1.get_variable(
            "weights",
            initializer=[1.0, -1.0],
            use_resource=True,
            constraint=lambda w: tf.maximum(w, 0.0),
        )
        op = SGD(2.0).minimize_op(tf.reduce_sum(weights), [weights])
        session.run(tf.compat.v1.global_variables_initializer())
        session.run(op)
        assert session.run(weights).tolist() == [0.0, 0.0]


def test_a_constraint_and_a_sparse_gradient_are_an_error() -> None:
    with tf.Graph().as_default():
        weights = tf.compat.v1.get_variable("w", [3, 1], use_resource=True, constraint=tf.identity)
        loss = tf.reduce_sum(tf.nn.embedding_lookup(weights, [1]))
        with pytest.raises(InvalidArgumentError, match="w has a constraint"):
            SGD().minimize_op(loss, [weights])


def test_no_variables_are_an_error() -> None:
    with tf.Graph().as_default(), pytest.raises(InvalidArgumentError, match="var_list is empty"):
        SGD().minimize_op(tf.constant(1.0), [])


def test_reference_variables_are_an_error() -> None:
    with tf.Graph().as_default():
        weights = tf.compat.v1.get_variable("weights", [2], use_resource=False)
        with pytest.raises(InvalidArgumentError, match="use_resource=True"):
            SGD().minimize_op(tf.reduce_sum(weights), [weights])


def test_a_variable_without_gradient_is_an_error(build_model: Callable[..., Any]) -> None:
    with tf.Graph().as_default():
        kernel, embedding = build_model().variables
        with pytest.raises(InvalidArgumentError, match=r"no gradient for: dnn/embedding_weights\."):
            SGD().minimize_op(tf.reduce_sum(kernel), [kernel, embedding])


def test_an_unknown_argument_is_an_error() -> None:
    with pytest.raises(InvalidArgumentError, match='Did you mean "clipnorm"'):
        Adagrad(clip_norm=1.0)


def test_the_old_spelling_of_learning_rate_is_accepted() -> None:
    assert SGD(lr=0.2).get_config()["learning_rate"] == 0.2


def test_a_head_of_ones_own_asks_for_updates(build_model: Callable[..., Any]) -> None:
    class Own(tf_keras.optimizers.legacy.SGD):
        pass

    for optimizer in (Adagrad(), get_optimizer(Own(0.1))):
        with tf.Graph().as_default(), tf.compat.v1.Session() as session:
            model = build_model()
            updates = optimizer.get_updates(model.loss, model.variables)
            session.run(tf.compat.v1.global_variables_initializer())
            before = session.run(model.variables[0])
            session.run(updates)
            assert session.run(model.step) == 1
            assert (session.run(model.variables[0]) != before).any()
