from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.optimizers import SGD, SlotOptimizer, get_optimizer

tf_keras = pytest.importorskip("tf_keras")
legacy = tf_keras.optimizers.legacy

EXPECTED = Path(__file__).parents[1] / "expected.json"
CASES = [
    case
    for case in json.loads(EXPECTED.read_text())["cases"]
    if not isinstance(case["kwargs"].get("learning_rate"), dict) and case["dtype"] == "float32"
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['optimizer']}{case['kwargs']}")
def test_ours_takes_its_place(
    case: dict[str, Any], train: Callable[..., Any], assert_same: Callable[..., None]
) -> None:
    optimizer = getattr(legacy, case["optimizer"])(**case["kwargs"])
    adapted = get_optimizer(optimizer)
    assert isinstance(adapted, SlotOptimizer)
    actual = train(lambda: adapted, own_iterations=case["own_iterations"])
    assert_same(actual[5], case["values"]["5"])
    assert optimizer.weights == []


def test_functions_stay_functions(
    train: Callable[..., Any], assert_same: Callable[..., None]
) -> None:
    def rate() -> tf.Tensor:
        step = tf.compat.v1.train.get_global_step()
        return tf.compat.v1.train.exponential_decay(0.2, step, 2, 0.7)

    wanted = train(lambda: SGD(rate))[5]
    assert_same(train(lambda: get_optimizer(legacy.SGD(rate)))[5], wanted)
    assert_same(train(lambda: get_optimizer(lambda: legacy.SGD(rate())))[5], wanted)


def test_one_that_was_used_eagerly_keeps_its_values(
    train: Callable[..., Any], assert_same: Callable[..., None]
) -> None:
    optimizer = legacy.SGD(0.5, momentum=0.25)
    optimizer.apply_gradients([(tf.constant([1.0]), tf.Variable([1.0]))])
    optimizer.learning_rate = 0.125
    wanted = train(lambda: SGD(0.125, momentum=0.25))[5]
    assert_same(train(lambda: get_optimizer(optimizer))[5], wanted)


def test_one_in_use_in_a_graph_is_an_error() -> None:
    optimizer = legacy.SGD()
    with tf.Graph().as_default():
        weights = tf.compat.v1.get_variable("weights", [2], use_resource=True)
        optimizer.get_updates(tf.reduce_sum(weights), [weights])
        with pytest.raises(InvalidArgumentError, match="in use in another graph"):
            get_optimizer(optimizer)


def test_gradient_transformers_are_an_error() -> None:
    optimizer = legacy.SGD(gradient_transformers=[lambda pairs: pairs])
    with pytest.raises(InvalidArgumentError, match="has gradient_transformers"):
        get_optimizer(optimizer)


class Doubled(legacy.SGD):
    """A user's own optimizer."""

    def _resource_apply_dense(self, grad: Any, var: Any, apply_state: Any = None) -> Any:
        return super()._resource_apply_dense(2.0 * grad, var, apply_state)

    def _resource_apply_sparse_duplicate_indices(
        self, grad: Any, var: Any, indices: Any, **kwargs: Any
    ) -> Any:
        return super()._resource_apply_sparse_duplicate_indices(2.0 * grad, var, indices, **kwargs)


def test_a_class_of_the_users_trains_by_its_own_methods(
    train: Callable[..., Any], assert_same: Callable[..., None]
) -> None:
    wanted = train(lambda: SGD(0.2))[5]
    wanted["training/SGD/learning_rate"] = 0.1
    wanted = {name.replace("SGD", "Doubled"): value for name, value in wanted.items()}
    optimizer = Doubled(0.1, name="Doubled")
    assert_same(train(lambda: get_optimizer(optimizer))[5], wanted)
    with tf.Graph().as_default(), pytest.raises(InvalidArgumentError, match="serves only one"):
        get_optimizer(optimizer).minimize_op(tf.constant(1.0), [])
