"""Metrics in graphs; their values are compared with 2.15's through the heads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainwright.estimator.metrics import (
    AUC,
    Accuracy,
    AccuracyBaseline,
    Mean,
    Precision,
    PrecisionRecallAUC,
    Recall,
    ThresholdAccuracy,
    update_areas,
)
from trainwright.estimator.metrics.base import batch_weights

v1 = tf.compat.v1
ALL = [Accuracy, AUC, Precision, PrecisionRecallAUC, Recall]


@pytest.mark.parametrize("kind", ALL)
def test_updates_are_ops_and_variables_local(kind: Any) -> None:
    with tf.Graph().as_default(), v1.Session() as session:
        metric = kind("metric")
        update = metric.update_state([1.0, 0.0], [1.0, 1.0])
        assert metric.updates == [update]
        assert v1.global_variables() == []
        assert v1.local_variables() == v1.get_collection(v1.GraphKeys.METRIC_VARIABLES)
        value, run_update = metric.as_pair()
        session.run(v1.local_variables_initializer())
        assert session.run(value) == 0.0
        session.run(run_update)
        after_one = session.run(value)
        session.run(run_update)
        assert session.run(value) == after_one != 0.0


@pytest.mark.parametrize("kind", ALL)
def test_examples_of_no_weight_do_not_count(kind: Any) -> None:
    all_of_it, some = kind("metric"), kind("metric")
    some.update_state([1.0, 0.0], [1.0, 0.0])
    all_of_it.update_state([1.0, 0.0, 1.0], [1.0, 0.0, 0.3], [1.0, 1.0, 0.0])
    assert float(all_of_it.result()) == float(some.result())


def test_nothing_is_zero() -> None:
    for kind in ALL:
        assert float(kind("metric").result()) == 0.0
    mean = Mean("mean")
    assert float(mean.result()) == 0.0
    assert float(AccuracyBaseline("baseline", mean).result()) == 0.0


def test_the_baseline_is_the_commoner_class_over_all_batches() -> None:
    mean = Mean("label/mean")
    baseline = AccuracyBaseline("accuracy_baseline", mean)
    mean.update_state([1.0, 1.0, 1.0, 1.0])
    mean.update_state([0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    assert float(baseline.result()) == pytest.approx(0.6)


def test_a_score_at_the_threshold_is_not_above_it() -> None:
    for metric in (Precision("p", 0.25), Recall("r", 0.25)):
        metric.update_state([1.0], [0.25])
        assert float(metric.result()) == 0.0
    accuracy = ThresholdAccuracy("a", 0.25)
    accuracy.update_state([1.0], [0.25])
    assert float(accuracy.result()) == 0.0


@pytest.mark.parametrize("kind", [Mean, *ALL])
def test_the_run_that_finds_the_input_ended_counts_for_nothing(kind: Any) -> None:
    with tf.Graph().as_default(), v1.Session() as session:
        data = tf.data.Dataset.from_tensor_slices([1.0, 0.0, 1.0, 1.0])
        iterator = v1.data.make_one_shot_iterator(data.batch(2, drop_remainder=True))
        batch = iterator.get_next()
        metric = kind("metric")
        update = metric.update_state(*([batch] if kind is Mean else [batch, batch]))
        session.run(v1.local_variables_initializer())
        for _ in range(2):
            session.run(update)
        before = session.run(metric.result())
        with pytest.raises(tf.errors.OutOfRangeError):
            session.run(update)
        assert session.run(metric.result()) == before


def slow_counts(labels: Any, scores: Any) -> tuple[Any, Any]:
    """True and false positives at each threshold, one comparison at a time."""
    thresholds = np.array([-1e-7, *(k / 199 for k in range(1, 199)), 1 + 1e-7])
    above = scores[None, :] > thresholds[:, None]
    return above @ labels, above @ (1.0 - labels)


def test_areas_equal_those_of_all_comparisons() -> None:
    draw = np.random.RandomState(0)
    labels = draw.randint(0, 2, 500).astype(np.float64)
    scores = np.concatenate([draw.uniform(size=490), [0.0] * 5, [1.0] * 5]).astype(np.float32)
    hits, false_alarms = slow_counts(labels, scores)
    auc = AUC("auc")
    auc.update_state(labels, scores)
    expected = -np.trapezoid(hits / hits[0], false_alarms / false_alarms[0])
    assert float(auc.result()) == pytest.approx(expected, abs=1e-5)


def test_weights_are_spread_over_values() -> None:
    values = tf.zeros([2, 2])
    for weights in (None, 1.0, [1.0, 1.0], [[1.0], [1.0]], [[1, 1], [1, 1]]):
        assert batch_weights(weights, values).numpy().tolist() == [[1.0, 1.0], [1.0, 1.0]]


@pytest.mark.parametrize("weights", [None, [1.0, 0.5, 2.0, 1.0]])
def test_areas_updated_together_are_those_updated_apart(weights: Any) -> None:
    batch = [1.0, 0.0, 1.0, 0.0], [0.9, 0.4, 0.3, 0.1], weights
    with tf.Graph().as_default() as graph, v1.Session() as session:
        together = [AUC("roc"), PrecisionRecallAUC("pr"), Accuracy("not an area")]
        apart = [AUC("roc"), PrecisionRecallAUC("pr"), Accuracy("not an area")]
        update_areas(together, *batch)
        counts = [op for op in graph.get_operations() if op.type == "UnsortedSegmentSum"]
        assert len(counts) == 2
        for metric in apart:
            metric.update_state(*batch)
        session.run(v1.local_variables_initializer())
        session.run([metric.update_op for metric in together + apart])
        values = session.run([metric.result() for metric in together + apart])
    assert values[:3] == values[3:]
    assert 0.0 < values[0] < 1.0
