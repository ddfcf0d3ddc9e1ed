from __future__ import annotations

import pytest
import tensorflow as tf

from trainwright import estimator as tfe
from trainwright.estimator.export.signatures import build_signatures

export = tfe.export
v1 = tf.compat.v1


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default():
        yield


@pytest.fixture
def examples():
    return {"examples": v1.placeholder(tf.string, [None], name="examples")}


def test_classification(examples):
    output = export.ClassificationOutput(tf.constant([[0.1, 0.9]]), tf.constant([["a", "b"]]))
    signature = output.as_signature_def(examples)
    assert signature.method_name == "tensorflow/serving/classify"
    assert set(signature.inputs) == {"inputs"}
    assert set(signature.outputs) == {"scores", "classes"}


def test_regression(examples):
    signature = export.RegressionOutput(tf.constant([1.0])).as_signature_def(examples)
    assert signature.method_name == "tensorflow/serving/regress"
    assert (set(signature.inputs), set(signature.outputs)) == ({"inputs"}, {"outputs"})


def test_predict(examples):
    signature = export.PredictOutput(tf.constant([1.0])).as_signature_def(examples)
    assert signature.method_name == "tensorflow/serving/predict"
    assert (set(signature.inputs), set(signature.outputs)) == ({"examples"}, {"output"})


def test_eval(examples):
    output = export.EvalOutput(
        loss=tf.constant(1.0),
        predictions={"y": tf.constant([1.0])},
        metrics={"mae": (tf.constant(1.0), tf.no_op())},
    )
    signature = output.as_signature_def(examples)
    assert signature.method_name == "tensorflow/supervised/eval"
    assert set(signature.outputs) == {
        "loss",
        "predictions/y",
        "metrics/mae/value",
        "metrics/mae/update_op",
    }


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: export.ClassificationOutput(), "needs scores, classes or both"),
        (lambda: export.ClassificationOutput(scores=tf.constant(["a"])), "scores must be a float"),
        (lambda: export.ClassificationOutput(classes=tf.constant([1.0])), "classes must be a str"),
        (lambda: export.RegressionOutput(tf.constant(["a"])), "value must be a float"),
        (lambda: export.RegressionOutput(None), "needs a value"),
        (lambda: export.PredictOutput({1: tf.constant(1)}), "names must be strings. Got 1"),
        (lambda: export.PredictOutput({"a": 1}), r"outputs\['a'\] must be a Tensor. Got 1"),
    ],
)
def test_wrong_outputs(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_signatures_that_a_raw_receiver_cannot_have_are_left_out():
    receivers = {"x": v1.placeholder(tf.float32, [None, 1])}
    outputs = {
        "serving_default": export.ClassificationOutput(tf.constant([[0.5]])),
        "predict": export.PredictOutput(tf.constant([1.0])),
    }
    signatures, left_out = build_signatures(receivers, outputs)
    assert set(signatures) == {"predict"}
    assert "take exactly one string tensor" in left_out["serving_default"]
    assert "x: float32" in left_out["serving_default"]


def test_alternative_receivers_get_signatures_of_their_own(examples):
    parsed = {"x": tf.constant([1.0])}
    outputs = {"serving_default": export.PredictOutput(tf.constant([1.0]))}
    outputs["other"] = outputs["serving_default"]
    signatures, _ = build_signatures(examples, outputs, {"parsed": parsed})
    assert set(signatures) == {"serving_default", "other", "parsed", "parsed:other"}
    assert set(signatures["parsed"].inputs) == {"x"}


def test_names_in_a_supervised_signature_are_prefixed_once(examples):
    output = export.EvalOutput(
        loss={"loss_of_a": tf.constant(1.0), "b": tf.constant(1.0)},
        predictions=tf.constant([1.0]),
        metrics={"metrics_of_a": (tf.constant(1.0), tf.no_op())},
    )
    signature = output.as_signature_def(examples)
    assert set(signature.outputs) == {
        "loss_of_a",
        "loss/b",
        "predictions",
        "metrics_of_a/value",
        "metrics_of_a/update_op",
    }
    assert signature.outputs["metrics_of_a/update_op"].name.startswith("metric_op_wrapper")
