from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from trainwright import estimator as tfe
from trainwright.estimator.engine.score_curves import score_curves

v1 = tf.compat.v1
LABELS = np.array([[0], [1], [1], [0], [1]])
X = np.array([[0.1], [0.9], [0.4], [0.5], [-3.0]], np.float32)


def input_fn() -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(({"x": X}, LABELS)).batch(2)


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, float], Path]:
    folder = tmp_path_factory.mktemp("model")
    columns = [tf.feature_column.numeric_column("x")]
    model = tfe.LinearClassifier(columns, model_dir=str(folder))
    model.train(input_fn, steps=3)
    for _ in range(2):
        metrics = model.evaluate(input_fn)
    scores = [one["logistic"][0] for one in model.predict(input_fn)]
    np.save(folder / "scores.npy", scores)
    return metrics, folder


def test_the_curve_behind_the_area(evaluated) -> None:
    metrics, folder = evaluated
    scores = np.load(folder / "scores.npy")
    curves = [
        (event.step, value)
        for path in (folder / "eval").iterdir()
        for event in v1.train.summary_iterator(str(path))
        for value in event.summary.value
        if value.metadata.plugin_data.plugin_name == "pr_curves"
    ]
    assert [(step, value.tag) for step, value in curves] == [(3, "pr_curve")] * 2
    value = curves[-1][1]
    assert value.metadata.plugin_data.content == b"\x10\xc8\x01"  # 200 thresholds
    hits, alarms, rejections, misses, precision, recall = tf.make_ndarray(value.tensor)
    assert (hits + misses == 3).all()
    assert (alarms + rejections == 2).all()
    edges = np.linspace(0, 1, 200)
    above = scores[None, :] > edges[1:-1, None]
    labels = LABELS[:, 0]
    np.testing.assert_array_equal(hits[1:-1], (above & (labels == 1)).sum(1))
    np.testing.assert_array_equal(alarms[1:-1], (above & (labels == 0)).sum(1))
    np.testing.assert_allclose(recall, hits / 3)
    np.testing.assert_allclose(precision[0], 3 / 5)
    fall_out = alarms / 2
    area = ((fall_out[:-1] - fall_out[1:]) * (recall[:-1] + recall[1:]) / 2).sum()
    assert metrics["auc"] == pytest.approx(area, abs=1e-6)


def test_results_have_no_curves(evaluated) -> None:
    metrics, _ = evaluated
    assert not [name for name in metrics if "curve" in name]


def test_heads_have_curves_of_their_own_and_other_metrics_none() -> None:
    with tf.Graph().as_default():
        head = tfe.MultiHead([tfe.BinaryClassHead(name="a"), tfe.BinaryClassHead(name="b")])
        logits, labels = tf.constant([[0.5], [-1.0]]), tf.constant([[1], [0]])
        spec = head.create_estimator_spec(
            {"x": tf.constant([1.0, 2.0])},
            tfe.ModeKeys.EVAL,
            {"a": logits, "b": logits},
            labels={"a": labels, "b": labels},
        )
        assert set(score_curves(spec.eval_metric_ops)) == {"pr_curve/a", "pr_curve/b"}
        others = {
            "auc": v1.metrics.auc(labels, tf.sigmoid(logits)),
            "loss": v1.metrics.mean(logits),
        }
        assert score_curves(others) == {}
