from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.estimator.optimizers import Adagrad, get_optimizer

v1 = tf.compat.v1.train


def test_it_names_its_slots_itself(train: Callable[..., Any]) -> None:
    values = train(lambda: get_optimizer(v1.AdamOptimizer()))[5]
    assert sorted(values) == [
        "beta1_power",
        "beta2_power",
        "dnn/embedding_weights",
        "dnn/embedding_weights/Adam",
        "dnn/embedding_weights/Adam_1",
        "dnn/kernel",
        "dnn/kernel/Adam",
        "dnn/kernel/Adam_1",
        "global_step",
    ]
    assert values["global_step"] == 5


@pytest.mark.parametrize("given", [v1.AdagradOptimizer(0.1), lambda: v1.AdagradOptimizer(0.1)])
def test_adagrad_equals_ours(given: Any, train: Callable[..., Any]) -> None:
    values = train(lambda: get_optimizer(given))[5]
    wanted = train(lambda: Adagrad(0.1, epsilon=1e-30))[5]
    np.testing.assert_allclose(values["dnn/kernel"], wanted["dnn/kernel"], rtol=1e-6)
