"""model_to_estimator, from end to end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainwright import estimator as tfe
from trainwright.errors import InvalidArgumentError
from trainwright.estimator import model_to_estimator

v1 = tf.compat.v1
L = keras.layers


def regression_model(**options: Any) -> Any:
    layers = [keras.Input([2], name="x"), L.Dense(3, activation="tanh"), L.Dense(1, name="o")]
    model = keras.Sequential(layers)
    model.compile(**{"optimizer": keras.optimizers.SGD(0.01), "loss": "mse", **options})
    return model


class Subclassed(keras.Model):
    """Batch normalization and dropout in a model with a call of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.first = L.Dense(3)
        self.blocks = [L.BatchNormalization(momentum=0.5), L.Dropout(0.0)]
        self.last = L.Dense(1)

    def call(self, inputs: Any, training: bool = False) -> Any:
        hidden = self.first(inputs)
        for block in self.blocks:
            hidden = block(hidden, training=training)
        return self.last(hidden)


@pytest.mark.parametrize("checkpoint_format", ["checkpoint", "saver"])
def test_a_subclassed_model_trains_as_in_keras(
    tmp_path: Any, features: Any, labels: Any, input_fn: Any, checkpoint_format: str
) -> None:
    """From the weights it has, with its moving averages."""
    model = Subclassed()
    model.compile(keras.optimizers.SGD(0.01, momentum=0.9), "mse", metrics=["mae"])
    model(features[0])
    estimator = model_to_estimator(
        model, model_dir=str(tmp_path), checkpoint_format=checkpoint_format
    )
    estimator.train(input_fn)
    for batch, truth in zip(features, labels, strict=True):
        model.train_on_batch(batch, truth)
    outputs = np.concatenate([model(batch) for batch in features])
    predictions = [prediction["output_1"] for prediction in estimator.predict(input_fn)]
    np.testing.assert_allclose(predictions, outputs, rtol=1e-4)
    error = np.abs(outputs - np.concatenate(labels)).mean()
    assert estimator.evaluate(input_fn)["mae"] == pytest.approx(error, rel=1e-5)


def test_dropout_is_new_in_each_step_and_off_otherwise(tmp_path: Any, input_fn: Any) -> None:
    model = keras.Sequential([keras.Input([2]), L.Dropout(0.5), L.Dense(1, name="o")])
    model.compile(keras.optimizers.SGD(0.0), "mse", metrics=["mae"])
    estimator = model_to_estimator(model, model_dir=str(tmp_path))

    class Losses(tfe.SessionRunHook):
        seen: list[float] = []  # noqa: RUF012

        def before_run(self, run_context: Any) -> Any:
            summary = v1.get_collection(v1.GraphKeys.SUMMARIES, "loss")[0]
            return tfe.SessionRunArgs(summary.op.inputs[1])

        def after_run(self, run_context: Any, run_values: Any) -> None:
            self.seen.append(float(run_values.results))

    def same_batch() -> Any:
        return input_fn().take(1).repeat(5)

    estimator.train(same_batch, hooks=[Losses()])
    assert len(set(Losses.seen)) == 5
    assert estimator.evaluate(same_batch) == estimator.evaluate(same_batch)
    assert "seed" not in " ".join(estimator.get_variable_names())


def test_weights_are_where_it_starts_without_training(features: Any, input_fn: Any) -> None:
    """Later changes of the model do not reach it; a model that is not compiled predicts."""
    model = keras.Sequential([keras.Input([2]), L.Dense(1, name="o")])
    outputs = np.concatenate([model(batch) for batch in features])
    estimator = model_to_estimator(model)
    model.set_weights([np.zeros([2, 1]), np.zeros([1])])
    predictions = [prediction["o"] for prediction in estimator.predict(input_fn)]
    np.testing.assert_allclose(predictions, outputs, rtol=1e-6)
    with pytest.raises(InvalidArgumentError, match="has not been compiled.*but not train"):
        estimator.train(input_fn)
    with pytest.raises(InvalidArgumentError, match=r"but not evaluate.*model.compile"):
        estimator.evaluate(input_fn)


def test_training_goes_on_from_checkpoints(tmp_path: Any, input_fn: Any) -> None:
    """In a new Estimator too, whatever the weights of its model."""
    model_to_estimator(regression_model(), model_dir=str(tmp_path)).train(input_fn, max_steps=2)
    again = model_to_estimator(regression_model(), model_dir=str(tmp_path))
    before = again.evaluate(input_fn)
    again.train(input_fn, max_steps=5)
    after = again.evaluate(input_fn)
    assert (before["global_step"], after["global_step"]) == (2, 5)
    assert after["loss"] < before["loss"]


def test_it_exports_and_works_with_train_and_evaluate(tmp_path: Any, input_fn: Any) -> None:
    estimator = model_to_estimator(regression_model(metrics=["mae"]), model_dir=str(tmp_path))

    def receiver_fn() -> Any:
        given = {"x": v1.placeholder(tf.float32, [None, 2], name="x")}
        return tfe.export.ServingInputReceiver(given, given)

    metrics, (exported,) = tfe.train_and_evaluate(
        estimator,
        tfe.TrainSpec(input_fn, max_steps=6),
        tfe.EvalSpec(input_fn, exporters=tfe.FinalExporter("final", receiver_fn)),
    )
    assert metrics["global_step"] == 6
    serve = tf.saved_model.load(exported.decode()).signatures["serving_default"]
    values = np.ones([3, 2], np.float32)
    (prediction,) = serve(x=tf.constant(values)).values()
    wanted = next(estimator.predict(lambda: tf.data.Dataset.from_tensors({"x": values})))
    np.testing.assert_allclose(prediction[0], wanted["o"], rtol=1e-6)


def test_export_outputs_name_signatures(tmp_path: Any) -> None:
    given = keras.Input([2], name="x")
    outputs = [L.Dense(1, name="real")(given), L.Dense(2, name="kinds")(given)]
    model = keras.Model(given, outputs)
    classes = {"real": tfe.export.RegressionOutput, "kinds": tfe.export.ClassificationOutput}
    estimator = model_to_estimator(model, model_dir=str(tmp_path), export_outputs=classes)
    spec = estimator.model_definition.model_fn

    with tf.Graph().as_default():
        v1.train.create_global_step()
        result = spec({"x": tf.ones([1, 2])}, None, tfe.ModeKeys.PREDICT, estimator.config)
    kinds = {name: type(output).__name__ for name, output in result.export_outputs.items()}
    assert kinds == {
        "real": "RegressionOutput",
        "kinds": "ClassificationOutput",
        "serving_default": "PredictOutput",
    }
    wrong = model_to_estimator(model, export_outputs={"real": tfe.export.RegressionOutput})
    with pytest.raises(InvalidArgumentError, match=r"name the outputs .*\['kinds', 'real'\]"):
        next(wrong.predict(lambda: tf.data.Dataset.from_tensors({"x": np.ones([1, 2])})))


@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_a_saved_model_is_read(tmp_path: Any, input_fn: Any, suffix: str) -> None:
    path = tmp_path / f"model.{suffix}"
    model = regression_model(metrics=["mae", "mse"])
    model.save(path)
    estimator = model_to_estimator(keras_model_path=path, model_dir=str(tmp_path / "dir"))
    estimator.train(input_fn, steps=1)
    assert estimator.evaluate(input_fn)["global_step"] == 1


def test_a_model_saved_by_older_keras_is_read(tmp_path: Any, input_fn: Any) -> None:
    tf_keras = pytest.importorskip("tf_keras")
    older = tf_keras.Sequential([tf_keras.Input([2]), tf_keras.layers.Dense(1, name="o")])
    older.compile("adam", "mse", metrics=["mae"])
    path = tmp_path / "older.h5"
    older.save(path)
    estimator = model_to_estimator(keras_model_path=path)
    kernel = older.get_weights()[0]
    assert estimator.evaluate(input_fn)["mae"] > 0
    estimator.train(input_fn, steps=1)
    trained = estimator.get_variable_value("layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE")
    np.testing.assert_allclose(trained, kernel, atol=2e-3)


def test_directories_come_from_the_argument_first(tmp_path: Any) -> None:
    config = tfe.RunConfig(model_dir=str(tmp_path / "config"), tf_random_seed=3)
    estimator = model_to_estimator(
        regression_model(), model_dir=str(tmp_path / "argument"), config=config
    )
    assert estimator.model_dir == str(tmp_path / "argument")
    assert estimator.config.tf_random_seed == 3
    assert model_to_estimator(regression_model(), config=config).model_dir == config.model_dir


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "Either keras_model or keras_model_path must be given. Got neither"),
        ({"keras_model": 1, "keras_model_path": "x"}, "Got both"),
        ({"keras_model": 1}, "keras_model must be a model of Keras 3 or tf_keras. Got 1"),
        ({"keras_model_path": "/nowhere"}, "'/nowhere' does not exist"),
        ({"keras_model": 1, "checkpoint_format": "h5"}, "checkpoint_format must be one of"),
    ],
)
def test_wrong_arguments_are_errors(arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        model_to_estimator(**arguments)


def test_an_optimizer_without_equal_is_an_error(input_fn: Any) -> None:
    estimator = model_to_estimator(regression_model(optimizer="adamw"))
    with pytest.raises(InvalidArgumentError, match="AdamW cannot train an estimator"):
        estimator.train(input_fn)
    # Evaluating needs none.
    assert estimator.evaluate(input_fn)["loss"] > 0


def test_steps_of_ones_own_are_errors(input_fn: Any) -> None:
    class Stepping(Subclassed):
        def train_step(self, data: Any) -> Any:
            return super().train_step(data)

    model = Stepping()
    model.compile("sgd", "mse")
    with pytest.raises(InvalidArgumentError, match="its own train_step.*compute_loss"):
        model_to_estimator(model).train(input_fn)


def test_nothing_to_train_is_an_error(input_fn: Any) -> None:
    model = regression_model()
    model.trainable = False
    with pytest.raises(InvalidArgumentError, match="has no trainable variables"):
        model_to_estimator(model).train(input_fn)


def test_metrics_are_added(input_fn: Any) -> None:
    def metric_fn(labels: Any, predictions: Any) -> Any:
        return {"mean": v1.metrics.mean(predictions["o"])}

    estimator = tfe.add_metrics(model_to_estimator(regression_model()), metric_fn)
    assert set(estimator.evaluate(input_fn)) == {"loss", "mean", "global_step"}


def test_the_package_offers_it_too(tmp_path: Path) -> None:
    assert tfe.keras.model_to_estimator is model_to_estimator
    with pytest.raises(AttributeError, match="'trainwright.estimator.keras' has no attribute 'x'"):
        _ = tfe.keras.x
