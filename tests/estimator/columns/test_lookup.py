"""Rows gathered by dense ids train as rows of sparse lookups do, whatever the optimizer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.estimator import optimizers
from trainwright.estimator.columns import input_layer, linear_model
from trainwright.estimator.columns.switch import lowering

v1 = tf.compat.v1
fc = tf.feature_column
STEPS = 4
SIZES = ("ids", "pairs")

OPTIMIZERS: dict[str, Callable[[], Any]] = {
    "Ftrl": lambda: optimizers.Ftrl(0.1, l1_regularization_strength=0.01),
    "Ftrl with shrinkage": lambda: optimizers.Ftrl(0.1, l2_shrinkage_regularization_strength=0.1),
    "Adagrad": lambda: optimizers.Adagrad(0.1),
    "Adam": lambda: optimizers.Adam(0.1),
    "SGD": lambda: optimizers.SGD(0.1),
    "SGD with momentum": lambda: optimizers.SGD(0.1, momentum=0.9),
    "RMSprop": lambda: optimizers.RMSprop(0.1),
    "clipped by norm": lambda: optimizers.SGD(0.1, clipnorm=0.5),
    "clipped by value": lambda: optimizers.Adagrad(0.1, clipvalue=0.3),
    "clipped by global norm": lambda: optimizers.Ftrl(0.1, global_clipnorm=0.5),
    "v1 Ftrl": lambda: v1.train.FtrlOptimizer(0.1),
    "v1 Momentum": lambda: v1.train.MomentumOptimizer(0.1, 0.9),
    "v1 Adam": lambda: v1.train.AdamOptimizer(0.1),
}


def train(make: Callable[[], Any], lowered: bool) -> dict[str, Any]:
    """All variables after some steps on batches with repeated, missing and unseen ids."""
    numbers = np.random.default_rng(0)
    batches = [
        {"ids": numbers.integers(-1, 6, [8, 1]), "pairs": numbers.integers(-1, 9, [8, 2])}
        for _ in range(STEPS)
    ]
    with tf.Graph().as_default(), lowering(lowered):
        fed = {name: v1.placeholder(tf.int64, [None, n]) for n, name in enumerate(SIZES, 1)}
        columns = [fc.categorical_column_with_identity(name, 10, 2) for name in SIZES]
        linear = linear_model(fed, columns, 1, "sum", "wide", "wide").logits
        embedded = [fc.embedding_column(c, 3, initializer=tf.ones_initializer()) for c in columns]
        deep = input_layer(fed, embedded, "deep")
        factors = tf.random.stateless_normal([8, 6], [1, 2])
        loss = tf.reduce_sum(tf.square(linear + tf.reduce_sum(deep * factors, 1, True) - 1.0))
        weights = v1.trainable_variables()
        step = v1.train.get_or_create_global_step()
        train_op = optimizers.get_optimizer(make()).minimize_op(loss, weights, step)
        with v1.Session() as session:
            session.run(v1.global_variables_initializer())
            # As after a warm start: weights that no optimizer has made.
            for weight in weights:
                weight.load(numbers.normal(size=weight.shape).astype("f"), session)
            for batch in batches:
                session.run(train_op, {fed[name]: batch[name] for name in SIZES})
            return dict(session.run({v.op.name: v for v in v1.global_variables()}))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_training(optimizer: str) -> None:
    own = train(OPTIMIZERS[optimizer], lowered=False)
    lowered = train(OPTIMIZERS[optimizer], lowered=True)
    assert lowered.keys() == own.keys()
    for name, expected in own.items():
        np.testing.assert_allclose(lowered[name], expected, rtol=2e-6, atol=2e-6, err_msg=name)
