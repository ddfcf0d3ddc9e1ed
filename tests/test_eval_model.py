from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import tensorflow as tf

from trainwright import estimator as tfe
from trainwright.eval_model import (
    EvalInputReceiver,
    build_parsing_eval_input_receiver_fn,
    export_eval_savedmodel,
)

v1 = tf.compat.v1
SPEC = {
    "x": tf.io.FixedLenFeature([1], tf.float32),
    "city": tf.io.VarLenFeature(tf.string),
    "y": tf.io.FixedLenFeature([1], tf.float32),
}


def model_fn(features, labels, mode):
    weight = v1.get_variable("weight", [], initializer=v1.zeros_initializer())
    prediction = features["x"] * weight
    if mode == tfe.ModeKeys.PREDICT:
        return tfe.EstimatorSpec(mode, predictions={"y": prediction})
    loss = tf.reduce_mean((prediction - labels) ** 2)
    return tfe.EstimatorSpec(
        mode,
        predictions={"y": prediction},
        loss=loss,
        train_op=v1.train.GradientDescentOptimizer(0.1).minimize(loss, v1.train.get_global_step()),
        eval_metric_ops={"mae": v1.metrics.mean_absolute_error(labels, prediction)},
    )


@pytest.fixture
def estimator(tmp_path):
    estimator = tfe.Estimator(model_fn, str(tmp_path / "model"))
    data = tf.data.Dataset.from_tensor_slices
    return estimator.train(lambda: data(({"x": [[1.0]]}, [[2.0]])).batch(1))  # weight: 0.4


@pytest.fixture
def exported(estimator, tmp_path):
    receiver_fn = build_parsing_eval_input_receiver_fn(SPEC, "y")
    return export_eval_savedmodel(estimator, str(tmp_path / "eval"), receiver_fn).decode()


def example(x, city, y):
    feature = {
        "x": tf.train.Feature(float_list=tf.train.FloatList(value=[x])),
        "city": tf.train.Feature(bytes_list=tf.train.BytesList(value=[city])),
        "y": tf.train.Feature(float_list=tf.train.FloatList(value=[y])),
    }
    return tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()


EXAMPLES = [example(1.0, b"a", 1.4), example(2.0, b"a", 1.8), example(10.0, b"b", 7.0)]


def test_signature(exported):
    with tf.Graph().as_default(), v1.Session() as session:
        meta_graph = v1.saved_model.load(session, ["eval"], exported)
    ((name, signature),) = meta_graph.signature_def.items()
    assert (name, signature.method_name) == ("eval", "tensorflow/supervised/eval")
    assert set(signature.inputs) == {
        "inputs/examples",
        "features/x",
        "features/city",
        "features/y",
        "labels",
        "input_refs",
        "tfma/version",
    }
    assert set(signature.outputs) == {
        "loss",
        "predictions/y",
        "metrics/mae/value",
        "metrics/mae/update_op",
    }
    keys = meta_graph.collection_def["evaluation_only/label_graph/features/key"].bytes_list.value
    assert sorted(keys) == [b"$Bytes$city", b"$Bytes$x", b"$Bytes$y"]
    labels = meta_graph.collection_def["evaluation_only/label_graph/labels/key"].bytes_list.value
    assert list(labels) == [b"$Bytes$__labels"]


def test_metrics_can_be_computed_from_it(exported):
    with tf.Graph().as_default() as graph, v1.Session() as session:
        meta_graph = v1.saved_model.load(session, ["eval"], exported)
        outputs = meta_graph.signature_def["eval"].outputs
        fed = {meta_graph.signature_def["eval"].inputs["inputs/examples"].name: EXAMPLES}
        session.run(outputs["metrics/mae/update_op"].name, fed)
        mae = session.run(graph.get_tensor_by_name(outputs["metrics/mae/value"].name))
    assert mae == pytest.approx((1.0 + 1.0 + 3.0) / 3, rel=1e-5)


def test_serving_graph_beside_it(estimator, tmp_path):
    serving = tfe.export.build_parsing_serving_input_receiver_fn({"x": SPEC["x"]})
    receiver_fn = build_parsing_eval_input_receiver_fn(SPEC, "y")
    path = export_eval_savedmodel(estimator, str(tmp_path), receiver_fn, serving)
    with tf.Graph().as_default(), v1.Session() as session:
        v1.saved_model.load(session, ["serve"], path.decode())
    with tf.Graph().as_default(), v1.Session() as session:
        v1.saved_model.load(session, ["eval"], path.decode())


def test_a_serving_receiver_is_no_eval_receiver(estimator, tmp_path):
    serving = tfe.export.build_parsing_serving_input_receiver_fn({"x": SPEC["x"]})
    with pytest.raises(TypeError, match="must return an EvalInputReceiver"):
        export_eval_savedmodel(estimator, str(tmp_path), serving)


def test_wrong_receivers():
    with tf.Graph().as_default():
        tensor = v1.placeholder(tf.string, [None])
        with pytest.raises(ValueError, match="features must be a dict"):
            EvalInputReceiver(tensor, tensor, {"examples": tensor})
        with pytest.raises(ValueError, match="a dict of one placeholder"):
            EvalInputReceiver({"x": tensor}, tensor, {"a": tensor, "b": tensor})


def test_a_model_without_labels(tmp_path):
    def unsupervised(features, labels, mode):
        assert labels is None
        loss = tf.reduce_sum(features["x"]) * v1.get_variable("weight", [])
        step = v1.assign_add(v1.train.get_global_step(), 1)
        return tfe.EstimatorSpec(mode, {"y": features["x"]}, loss, step)

    def receiver_fn():
        serialized = v1.placeholder(tf.string, [None])
        features = tf.io.parse_example(serialized, {"x": SPEC["x"]})
        return EvalInputReceiver(features, None, {"examples": serialized})

    estimator = tfe.Estimator(unsupervised, str(tmp_path / "model"))
    estimator.train(lambda: {"x": tf.constant([[1.0]])}, steps=1)
    exported = export_eval_savedmodel(estimator, str(tmp_path / "eval"), receiver_fn).decode()
    with tf.Graph().as_default(), v1.Session() as session:
        signature = v1.saved_model.load(session, ["eval"], exported).signature_def["eval"]
    assert set(signature.outputs) == {"loss", "predictions/y"}
    assert "labels" not in signature.inputs


@pytest.mark.oracle
def test_tensorflow_model_analysis_reads_it(exported, tmp_path, oracle_python):
    examples = tmp_path / "examples.tfrecord"
    with tf.io.TFRecordWriter(str(examples)) as writer:
        for record in EXAMPLES:
            writer.write(record)
    script = Path(__file__).parent / "oracle" / "analyze_eval_model.py"
    command = [oracle_python, str(script), exported, str(examples), "city", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    metrics = json.loads(done.stdout.splitlines()[-1])
    assert metrics["all"]["mae"] == pytest.approx(5 / 3, rel=1e-5)
    assert metrics["city=a"]["mae"] == pytest.approx(1.0, rel=1e-5)
    assert metrics["city=b"]["mae"] == pytest.approx(3.0, rel=1e-5)
