from __future__ import annotations

import json
import time

import pytest
import tensorflow as tf

from trainwright import estimator as tfe
from trainwright.errors import CheckpointError, ExportError
from trainwright.estimator.export.saved_model import timestamped_dir
from trainwright.events import RunObserver, observing

v1 = tf.compat.v1
ModeKeys = tfe.ModeKeys


@pytest.fixture
def classifier(tmp_path):
    """The DNNClassifier of the recorded exports, trained for a step."""
    columns = tf.feature_column
    city = columns.categorical_column_with_vocabulary_list("city", ["a", "b", "c"])
    estimator = tfe.DNNClassifier(
        [4], [columns.numeric_column("age"), columns.embedding_column(city, 2)], tmp_path / "model"
    )

    def input_fn():
        features = {"age": [[1.0], [2.0]], "city": [["a"], ["b"]]}
        return tf.data.Dataset.from_tensor_slices((features, [[0], [1]])).batch(2)

    return estimator.train(input_fn)


def supervised():
    features = {
        "age": v1.placeholder(tf.float32, [None, 1]),
        "city": v1.placeholder(tf.string, [None, 1]),
    }
    label = {"label": v1.placeholder(tf.int64, [None, 1])}
    receiver = tfe.experimental.build_raw_supervised_input_receiver_fn(features, label["label"])
    return receiver()


def serving():
    columns = {
        "age": tf.io.FixedLenFeature([1], tf.float32),
        "city": tf.io.VarLenFeature(tf.string),
    }
    return tfe.export.build_parsing_serving_input_receiver_fn(columns)()


def signatures(path, tag):
    with tf.Graph().as_default(), v1.Session() as session:
        return dict(v1.saved_model.load(session, [tag], path.decode()).signature_def)


def test_graphs_of_all_modes_have_the_signatures_of_tensorflow_2_15(
    classifier, shared_data, tmp_path
):
    path = classifier.experimental_export_all_saved_models(
        tmp_path / "export",
        {
            ModeKeys.TRAIN: supervised,
            ModeKeys.EVAL: supervised,
            ModeKeys.PREDICT: serving,
        },
    )
    cases = json.loads((shared_data / "estimator-2.15-files.json").read_text())["cases"]
    for tag, expected in cases["all_saved_models_DNNClassifier"].items():
        found = signatures(path, tag)
        assert set(found) == set(expected)
        for name, signature in expected.items():
            assert found[name].method_name == signature["method"]
            assert set(found[name].outputs) == set(signature["outputs"])
            if tag == "serve":
                assert set(found[name].inputs) == set(signature["inputs"])
            else:
                assert set(found[name].inputs) == {"age", "city", "label"}


def test_one_mode_alone(classifier, tmp_path):
    path = classifier.export_saved_model(tmp_path, supervised, experimental_mode=ModeKeys.EVAL)
    assert set(signatures(path, "eval")) == {"eval"}


def test_vocabularies_become_assets(tmp_path):
    vocabulary = tmp_path / "cities.txt"
    vocabulary.write_text("a\nb\nc\n")
    columns = tf.feature_column
    city = columns.categorical_column_with_vocabulary_file("city", str(vocabulary), 3)
    estimator = tfe.LinearClassifier([city], tmp_path / "model")
    features = {"city": [["a"], ["b"]]}
    estimator.train(
        lambda: tf.data.Dataset.from_tensor_slices((features, [[0], [1]])).batch(2).repeat(3)
    )
    receiver_fn = tfe.export.build_parsing_serving_input_receiver_fn(
        {"city": tf.io.VarLenFeature(tf.string)}
    )
    path = estimator.export_saved_model(tmp_path / "export", receiver_fn).decode()
    vocabulary.unlink()
    assert (tmp_path / "export").joinpath(path, "assets/cities.txt").read_text() == "a\nb\nc\n"
    feature = {"city": tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"a"]))}
    example = tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()
    served = tf.saved_model.load(path).signatures["predict"](examples=tf.constant([example]))
    assert served["class_ids"].numpy().tolist() == [[0]]


def test_as_text(estimator, input_fn, serving_input_receiver_fn, tmp_path):
    estimator.train(input_fn)
    path = estimator.export_saved_model(tmp_path, serving_input_receiver_fn, as_text=True)
    assert (tmp_path / path.decode() / "saved_model.pbtxt").exists()


def test_extra_assets_stay_inside(estimator, input_fn, serving_input_receiver_fn, tmp_path):
    estimator.train(input_fn)
    secret = tmp_path / "x"
    secret.write_text("x")
    with pytest.raises(ValueError, match=r"assets_extra must stay below assets\.extra"):
        estimator.export_saved_model(
            tmp_path, serving_input_receiver_fn, assets_extra={"../../x": str(secret)}
        )


def test_signatures_left_out_are_announced(classifier, tmp_path):
    class Warnings(RunObserver):
        heard: list[str] = []  # noqa: RUF012

        def on_warning(self, message):
            self.heard.append(message)

    raw = tfe.export.build_raw_serving_input_receiver_fn(
        {"age": tf.constant([[1.0]]), "city": tf.constant([["a"]])}
    )
    with observing(Warnings()):
        path = classifier.export_saved_model(tmp_path, raw)
    assert set(signatures(path, "serve")) == {"predict"}
    assert sum("'serving_default' is not exported" in heard for heard in Warnings.heard) == 1


def test_an_export_without_a_signature_is_an_error(tmp_path, input_fn):
    def model_fn(features, labels, mode):
        weight = v1.get_variable("weight", [], initializer=v1.zeros_initializer())
        output = features["x"] * weight
        if mode == ModeKeys.PREDICT:
            outputs = {"serving_default": tfe.export.RegressionOutput(output)}
            return tfe.EstimatorSpec(mode, predictions={"y": output}, export_outputs=outputs)
        loss = tf.reduce_mean((output - labels) ** 2)
        train_op = v1.train.GradientDescentOptimizer(0.1).minimize(loss, v1.train.get_global_step())
        return tfe.EstimatorSpec(mode, loss=loss, train_op=train_op)

    estimator = tfe.Estimator(model_fn, str(tmp_path / "model")).train(input_fn)
    raw = tfe.export.build_raw_serving_input_receiver_fn({"x": tf.constant([1.0])})
    with pytest.raises(ExportError, match="no signature that model servers accept"):
        estimator.export_saved_model(tmp_path / "export", raw)
    assert list((tmp_path / "export").glob("*")) == []


def test_a_checkpoint_that_does_not_fit(estimator, input_fn, serving_input_receiver_fn, tmp_path):
    estimator.train(input_fn)
    checkpoint = tmp_path / "other"
    with tf.Graph().as_default(), v1.Session() as session:
        v1.get_variable("else", [], initializer=v1.zeros_initializer())
        session.run(v1.global_variables_initializer())
        v1.train.Saver().save(session, str(checkpoint))
    with pytest.raises(CheckpointError, match="a variable that the graph of mode .infer. has"):
        estimator.export_saved_model(
            tmp_path / "export", serving_input_receiver_fn, checkpoint_path=str(checkpoint)
        )


def test_unnamed_predictions_of_a_training_graph(tmp_path):
    def model_fn(features, labels, mode):
        prediction = features["x"] * v1.get_variable("weight", [])
        step = v1.assign_add(v1.train.get_global_step(), 1)
        return tfe.EstimatorSpec(mode, prediction, tf.reduce_sum(prediction), step)

    estimator = tfe.Estimator(model_fn, str(tmp_path / "model"))
    estimator.train(lambda: ({"x": tf.constant([1.0])}, tf.constant([1.0])), steps=1)
    with tf.Graph().as_default():
        like = {"x": v1.placeholder(tf.float32, [None])}
        label = v1.placeholder(tf.float32, [None])
        receiver_fn = tfe.experimental.build_raw_supervised_input_receiver_fn(like, label)
    exported = estimator.export_saved_model(
        tmp_path / "export", receiver_fn, experimental_mode=ModeKeys.EVAL
    )
    with tf.Graph().as_default(), v1.Session() as session:
        loaded = v1.saved_model.load(session, ["eval"], exported.decode())
    assert set(loaded.signature_def["eval"].outputs) == {"loss", "predictions"}


def test_a_variable_that_only_one_mode_has(tmp_path):
    def model_fn(features, labels, mode):
        v1.get_variable("served" if mode == ModeKeys.PREDICT else "trained", [])
        step = v1.assign_add(v1.train.get_global_step(), 1)
        return tfe.EstimatorSpec(mode, tf.constant([1.0]), tf.constant(1.0), step)

    estimator = tfe.Estimator(model_fn, str(tmp_path / "model"))
    estimator.train(lambda: {"x": tf.constant([1.0])}, steps=1)
    receiver_fn = tfe.export.build_raw_serving_input_receiver_fn({"x": tf.constant([1.0])})
    with pytest.raises(ValueError, match="a variable that the graph of mode 'infer' has"):
        estimator.export_saved_model(tmp_path / "export", receiver_fn)


def test_names_of_exports_grow_though_the_clock_is_set_back(tmp_path, monkeypatch):
    clock = [2_000_000_000.0]
    monkeypatch.setattr(time, "time", lambda: clock[0])
    names = []
    for now in (2_000_000_000.5, 2_000_000_000.9, 1_000_000_000.0, 2_000_000_010.0):
        clock[0] = now
        names.append(timestamped_dir(tmp_path))
        (tmp_path / "saved_model").mkdir(exist_ok=True)
        tf.io.gfile.mkdir(names[-1])
    assert [int(name.rpartition("/")[2]) - 2_000_000_000 for name in names] == [0, 1, 2, 10]
    tf.io.gfile.mkdir(f"{tmp_path}/temp-2000000010")
    assert timestamped_dir(tmp_path).endswith("/2000000011")
    assert timestamped_dir(f"{tmp_path}/absent").endswith("/absent/2000000010")


def test_the_op_of_one_step_is_found_where_loaders_look_for_it(classifier, tmp_path):
    exported = classifier.export_saved_model(
        tmp_path / "export", supervised, experimental_mode=ModeKeys.TRAIN
    )
    with tf.Graph().as_default(), v1.Session() as session:
        loaded = v1.saved_model.load(session, ["train"], exported.decode())
        (train_op,) = v1.get_collection("saved_model_train_op")
        values = {"age": [[1.0]], "city": [["a"]], "label": [[1]]}
        inputs = loaded.signature_def["train"].inputs
        session.run(train_op, {inputs[name].name: value for name, value in values.items()})
        assert session.run(v1.train.get_global_step()) == 2


def test_the_session_of_an_export_is_configured_as_all_others(
    estimator, input_fn, serving_input_receiver_fn, tmp_path, monkeypatch
):
    estimator.train(input_fn, steps=1)
    configs = []
    begin = v1.Session.__init__

    def noted(session, *arguments, **options):
        configs.append(options.get("config"))
        begin(session, *arguments, **options)

    monkeypatch.setattr(v1.Session, "__init__", noted)
    estimator.export_saved_model(tmp_path / "export", serving_input_receiver_fn)
    (config,) = configs
    rewriting = config.graph_options.rewrite_options
    assert rewriting.disable_meta_optimizer  # which computes nothing, and is not worth a look
    rewriting.disable_meta_optimizer = False
    assert config == estimator.config.session_config
