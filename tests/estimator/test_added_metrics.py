from __future__ import annotations

import pytest
import tensorflow as tf

from trainwright import estimator as tfe

mean = tf.compat.v1.metrics.mean


def test_metrics_are_added_and_replaced(estimator, input_fn):
    estimator.train(input_fn)

    def metric_fn(labels, features):
        return {"label_mean": mean(labels), "mae": mean(features["x"])}

    more = tfe.add_metrics(estimator, metric_fn)
    assert more.model_dir == estimator.model_dir
    metrics = more.evaluate(input_fn)
    assert (metrics["label_mean"], metrics["mae"]) == (4.5, 1.5)
    assert metrics["loss"] == pytest.approx(0.576, rel=1e-5)
    assert more.train(input_fn).get_variable_value("global_step") == 4


def test_unknown_arguments(estimator):
    with pytest.raises(ValueError, match="nobody fills: rows. Accepted: features, labels"):
        tfe.add_metrics(estimator, lambda labels, rows: {})
