"""Metrics in graphs, against the same metrics in eager execution."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainwright import estimator as tfe
from trainwright.errors import InvalidArgumentError
from trainwright.estimator.keras.metrics import is_keras_metric, metric_pair

v1 = tf.compat.v1
M = keras.metrics
BATCHES = 3

_RANDOM = np.random.RandomState(2)
_CLASSES = _RANDOM.randint(0, 4, size=[BATCHES, 6])
_SCORES = _RANDOM.uniform(size=[BATCHES, 6, 4]).astype(np.float32)
DATA: dict[str, tuple[Any, Any]] = {
    "binary": (
        _RANDOM.randint(0, 2, size=[BATCHES, 6, 1]).astype(np.float32),
        _RANDOM.uniform(size=[BATCHES, 6, 1]).astype(np.float32),
    ),
    "classes": (_CLASSES, _SCORES / _SCORES.sum(-1, keepdims=True)),
    "one_hot": (np.eye(4, dtype=np.float32)[_CLASSES], _SCORES),
}
WEIGHTS = _RANDOM.uniform(size=[BATCHES, 6]).astype(np.float32)

METRICS: list[tuple[str, Callable[[], Any]]] = [
    ("binary", lambda: M.MeanAbsoluteError()),
    ("binary", lambda: M.RootMeanSquaredError()),
    ("binary", lambda: M.BinaryAccuracy()),
    ("binary", lambda: M.AUC()),
    ("binary", lambda: M.Precision(thresholds=0.4)),
    ("binary", lambda: M.SensitivityAtSpecificity(0.5)),
    ("binary", lambda: M.R2Score()),
    ("classes", lambda: M.SparseCategoricalAccuracy()),
    ("classes", lambda: M.SparseTopKCategoricalAccuracy(2)),
    ("one_hot", lambda: M.CategoricalCrossentropy()),
    ("one_hot", lambda: M.F1Score(average="macro")),
    ("one_hot", lambda: M.AUC(multi_label=True)),
    ("one_hot", lambda: M.OneHotMeanIoU(4)),
]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("kind", "make"), METRICS)
def test_a_metric_is_in_a_graph_what_it_is_outside(
    objects: Any, kind: str, make: Any, weighted: bool
) -> None:
    truth, predictions = DATA[kind]
    batch = [v1.placeholder(a.dtype, [None, *a.shape[2:]]) for a in (truth, predictions, WEIGHTS)]
    metric = make()
    metric.update_state(batch[0], batch[1], **({"sample_weight": batch[2]} if weighted else {}))
    value, update = metric_pair(metric, "metric")
    local = v1.get_collection(v1.GraphKeys.LOCAL_VARIABLES)
    assert v1.global_variables() == []
    assert local == v1.get_collection(v1.GraphKeys.METRIC_VARIABLES)
    with v1.Session() as session:
        session.run(v1.local_variables_initializer())
        for values in zip(truth, predictions, WEIGHTS, strict=True):
            session.run(update, dict(zip(batch, values, strict=True)))
        result = session.run(value)
    np.testing.assert_allclose(result, eagerly_computed(make, kind, weighted), rtol=1e-5)


def eagerly_computed(make: Any, kind: str, weighted: bool) -> Any:
    from trainwright.estimator.keras.eager import eagerly

    def compute() -> Any:
        metric = make()
        for truth, predictions, weights in zip(*DATA[kind], WEIGHTS, strict=True):
            metric.update_state(truth, predictions, weights if weighted else None)
        return np.asarray(metric.result())

    return eagerly(compute)


class SumOfSums(M.Metric):
    """A metric of one's own that reads what it has just assigned."""

    def __init__(self) -> None:
        super().__init__()
        self.total = self.add_weight(name="total", initializer="zeros")
        self.sums = self.add_weight(name="sums", initializer="zeros")

    def update_state(self, values: Any) -> None:
        self.total.assign_add(tf.reduce_sum(values))
        self.sums.assign_add(self.total)

    def result(self) -> Any:
        return tf.identity(self.sums)


def test_metrics_in_an_evaluation(
    train: Any, features: Any, labels: Any, input_fn: Any, regression: Any, sgd: Any
) -> None:
    """As objects, as pairs, and called; two evaluations of one checkpoint are the same."""

    def model_fn(features: Any, labels: Any, mode: str) -> Any:
        outputs = keras.layers.Dense(1)(features)
        metrics: dict[str, Any] = {}
        if mode != tfe.ModeKeys.PREDICT:
            error, pair, own = M.MeanAbsoluteError(), M.MeanAbsoluteError(), SumOfSums()
            error.update_state(labels, outputs)
            own.update_state(labels)
            metrics = {
                "object": error,
                "pair": (pair.result(), pair.update_state(labels, outputs)),
                "own": own,
            }
        return regression(mode, outputs, labels, sgd, eval_metric_ops=metrics)

    estimator = train(model_fn)
    results = estimator.evaluate(input_fn)
    assert results == estimator.evaluate(input_fn)
    kernel = estimator.get_variable_value("dense/kernel")
    outputs = features @ kernel + estimator.get_variable_value("dense/bias")
    assert results["object"] == pytest.approx(np.abs(outputs - labels).mean(), rel=1e-5)
    assert results["pair"] == results["object"]
    assert results["own"] == pytest.approx(labels.sum((1, 2)).cumsum().sum(), rel=1e-4)
    assert not [name for name in estimator.get_variable_names() if "total" in name]


def test_calling_a_metric_gives_its_value_with_the_batch(objects: Any) -> None:
    values = v1.placeholder(tf.float32, [None])
    mean = M.Mean()(values)
    with v1.Session() as session:
        session.run(v1.local_variables_initializer())
        assert session.run(mean, {values: [1.0, 3.0]}) == 2.0
        assert session.run(mean, {values: [8.0]}) == 4.0


def test_a_metric_that_nothing_updates_is_an_error(objects: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"\['mean'\].*nothing updates it"):
        tfe.EstimatorSpec("eval", loss=tf.constant(1.0), eval_metric_ops={"mean": M.Mean()})


def test_a_metric_of_several_values_is_an_error(objects: Any) -> None:
    metric = M.F1Score()
    metric.update_state(tf.ones([2, 3]), tf.ones([2, 3]))
    assert metric_pair(metric, "f1")[0].shape.as_list() == [3]
    metric.result = lambda: {"a": 1.0}
    with pytest.raises(InvalidArgumentError, match="must have one value"):
        metric_pair(metric, "f1")


def test_a_metric_from_elsewhere_is_an_error(train: Any, regression: Any, sgd: Any) -> None:
    metric = M.Mean()

    def model_fn(features: Any, labels: Any, mode: str) -> Any:
        outputs = keras.layers.Dense(1)(features)
        metric.update_state(outputs)
        return regression(mode, outputs, labels, sgd, eval_metric_ops={"mean": metric})

    with pytest.raises(InvalidArgumentError, match="'mean/total' belongs to eager execution"):
        train(model_fn)


def test_metrics_are_told_by_their_class(objects: Any) -> None:
    assert is_keras_metric(M.Mean())
    assert is_keras_metric(SumOfSums())
    assert not is_keras_metric((1, 2))
