from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from trainwright import estimator as tfe
from trainwright.errors import CheckpointError


@pytest.fixture
def trained(estimator, input_fn):
    return estimator.train(input_fn)  # weight: 2.52


def start(model_fn, model_dir, source, input_fn):
    config = tfe.RunConfig(model_dir=str(model_dir))
    params = {"learning_rate": 0.0}
    warm = tfe.Estimator(model_fn, config=config, params=params, warm_start_from=source)
    return warm.train(input_fn).get_variable_value("weight")


def test_from_a_model_directory(trained, model_fn, input_fn, tmp_path):
    weight = start(model_fn, tmp_path / "warm", trained.model_dir, input_fn)
    assert weight == pytest.approx(2.52, rel=1e-6)


def test_from_a_saved_model(trained, model_fn, input_fn, serving_input_receiver_fn, tmp_path):
    saved = trained.export_saved_model(tmp_path / "export", serving_input_receiver_fn)
    assert start(model_fn, tmp_path / "warm", saved.decode(), input_fn) == pytest.approx(2.52)


def test_from_settings(trained, model_fn, input_fn, tmp_path):
    settings = tfe.WarmStartSettings(trained.latest_checkpoint(), vars_to_warm_start="nothing")
    assert start(model_fn, tmp_path / "warm", settings, input_fn) == 0.0


def test_only_a_new_model_is_warm_started(trained, model_fn, input_fn, tmp_path):
    params = {"learning_rate": 0.0}
    model_dir = str(tmp_path / "model2")
    tfe.Estimator(model_fn, model_dir, params=params).train(input_fn)
    again = tfe.Estimator(model_fn, model_dir, params=params, warm_start_from=trained.model_dir)
    again.train(input_fn)
    assert again.get_variable_value("weight") == 0.0


def test_wrong_sources(model_fn):
    with pytest.raises(ValueError, match="must be a path or WarmStartSettings. Got 1"):
        tfe.Estimator(model_fn, warm_start_from=1)
    with pytest.raises(ValueError, match="must name a checkpoint"):
        tfe.WarmStartSettings("")


def linear_on(vocabulary, model_dir, **arguments):
    column = tf.feature_column.categorical_column_with_vocabulary_file("city", str(vocabulary))
    estimator = tfe.LinearClassifier([column], str(model_dir), **arguments)
    data = {"city": [["a"], ["b"], ["c"]]}, [[0], [1], [1]]
    return estimator.train(lambda: tf.data.Dataset.from_tensor_slices(data).batch(3), steps=1)


def test_rows_follow_their_vocabulary(tmp_path):
    old, new = tmp_path / "old.txt", tmp_path / "new.txt"
    old.write_text("a\nb\nc\n")
    new.write_text("c\nd\na\n")
    name = "linear/linear_model/city/weights"
    before = linear_on(old, tmp_path / "before").get_variable_value(name)
    settings = tfe.WarmStartSettings(
        str(tmp_path / "before"),
        var_name_to_vocab_info={
            name: tfe.VocabInfo(
                new_vocab=str(new),
                new_vocab_size=3,
                num_oov_buckets=0,
                old_vocab=str(old),
            )
        },
    )
    linear_on(new, tmp_path / "after", optimizer=frozen, warm_start_from=settings)
    after = tfe.LinearClassifier([], tmp_path / "after").get_variable_value(name)
    # c moved from the last row to the first, d is new, a moved from the first row to the last.
    np.testing.assert_allclose(after, [before[2], [0.0], before[0]])


def frozen():
    return tf.compat.v1.train.GradientDescentOptimizer(0.0)


def test_variables_by_another_name(tmp_path, trained, input_fn):
    def model_fn(features, labels, mode):
        renamed = tf.compat.v1.get_variable("renamed", [], initializer=tf.zeros_initializer())
        loss = tf.reduce_mean((features["x"] * renamed - labels) ** 2)
        train_op = frozen().minimize(loss, tf.compat.v1.train.get_global_step())
        return tfe.EstimatorSpec(mode, loss=loss, train_op=train_op)

    settings = tfe.WarmStartSettings(
        trained.model_dir, var_name_to_prev_var_name={"renamed": "weight"}
    )
    warm = tfe.Estimator(model_fn, str(tmp_path / "renamed"), warm_start_from=settings)
    assert warm.train(input_fn).get_variable_value("renamed") == pytest.approx(2.52)


def test_a_directory_without_a_checkpoint(model_fn, input_fn, tmp_path):
    (tmp_path / "empty").mkdir()
    config = tfe.RunConfig(model_dir=str(tmp_path / "model"))
    cold = tfe.Estimator(model_fn, config=config, params={}, warm_start_from=tmp_path / "empty")
    with pytest.raises(CheckpointError, match=r"no checkpoint to start from in .*empty"):
        cold.train(input_fn)


def test_before_the_first_training(
    trained, model_fn, input_fn, serving_input_receiver_fn, tmp_path
):
    def warm(name):
        model_dir = str(tmp_path / name)
        return tfe.Estimator(model_fn, model_dir, params={}, warm_start_from=trained.model_dir)

    assert warm("evaluated").evaluate(input_fn)["mae"] == pytest.approx(0.72, rel=1e-5)
    predictions = [row["y"] for row in warm("predicting").predict(input_fn)]
    np.testing.assert_allclose(predictions, [2.52, 5.04], rtol=1e-6)
    exported = warm("exported").export_saved_model(tmp_path / "export", serving_input_receiver_fn)
    checkpoint = f"{exported.decode()}/variables/variables"
    assert tf.train.load_variable(checkpoint, "weight") == pytest.approx(2.52, rel=1e-6)


def test_an_evaluation_kept_for_several_checkpoints(trained, model_fn, input_fn, tmp_path):
    cold = tfe.Estimator(model_fn, str(tmp_path), params={}, warm_start_from=trained.model_dir)
    evaluation = cold.evaluation(input_fn)
    first, again = evaluation.run(None), evaluation.run(None)
    assert first["mae"] == again["mae"] == pytest.approx(0.72, rel=1e-5)
    assert evaluation.run(trained.latest_checkpoint())["global_step"] == 2
    evaluation.close()
