"""The transformation as a part of Keras models, on the graph that TF Transform 1.21 wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from trainwright.data.tfrecord import read_records
from trainwright.transform.features import TransformedFeatures
from trainwright.transform.output import TFTransformOutput

NUMBERS = ("trip_miles_xf", "fare_xf")


@pytest.fixture(scope="module")
def transform(shared_data: Path) -> TFTransformOutput:
    return TFTransformOutput(shared_data / "taxi" / "transform_graph")


@pytest.fixture(scope="module")
def raw(shared_data: Path, transform: TFTransformOutput) -> dict[str, Any]:
    file = sorted((shared_data / "taxi" / "examples" / "Split-eval").glob("*.gz"))[0]
    records = list(read_records(file))[:5]
    return tf.io.parse_example(records, transform.raw_feature_spec())


@pytest.mark.parametrize("package", [keras, tf_keras], ids=["keras 3", "tf_keras"])
def test_symbolic_inputs_make_it_a_layer(
    package: Any, transform: TFTransformOutput, raw: dict[str, Any]
) -> None:
    spec = transform.raw_feature_spec()
    inputs = {
        name: package.Input((None,), dtype=feature.dtype, sparse=True, name=name)
        for name, feature in spec.items()
        if name != "tips"
    }
    transformed = transform.transform_features_layer()(inputs)
    assert "tips_xf" not in transformed
    model = package.Model(inputs, {name: transformed[name] for name in NUMBERS})
    given = {name: value for name, value in raw.items() if name != "tips"}
    expected = transform.transform_raw_features(raw)
    answer = model(given)
    for name in NUMBERS:
        np.testing.assert_array_equal(
            np.reshape(answer[name], [5]), np.reshape(expected[name], [5])
        )


@pytest.mark.filterwarnings("ignore:The structure of `inputs` doesn't match")
@pytest.mark.parametrize("package", [keras, tf_keras], ids=["keras 3", "tf_keras"])
def test_transformed_features_are_what_a_model_takes(package: Any) -> None:
    inputs = {name: package.Input((1,), name=name) for name in ("b", "a")}
    total = package.layers.Subtract()([inputs["a"], inputs["b"]])
    model = package.Model(inputs, total)
    features = TransformedFeatures({"b": tf.ones([2, 1]), "a": tf.fill([2, 1], 3.0)}, ["label"])
    assert features.pop("label") is None
    assert model(features).numpy().ravel().tolist() == [2.0, 2.0]


def test_a_model_that_keeps_it_takes_the_vocabularies_along(
    transform: TFTransformOutput, raw: dict[str, Any], tmp_path: Path
) -> None:
    model = keras.Sequential([keras.Input((1,), name="fare_xf"), keras.layers.Dense(1)])
    model.tft_layer = transform.transform_features_layer()

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def serve(serialized: Any) -> dict[str, Any]:
        features = model.tft_layer(tf.io.parse_example(serialized, transform.raw_feature_spec()))
        return {"outputs": model(features["fare_xf"][:, None])}

    tf.saved_model.save(model, str(tmp_path), signatures={"serving_default": serve})
    assert len(list((tmp_path / "assets").iterdir())) == 2
    loaded = tf.saved_model.load(str(tmp_path)).signatures["serving_default"]
    assert loaded(tf.constant([b"", b""]))["outputs"].shape == (2, 1)


def test_only_what_was_left_out_may_be_removed_without_being_there() -> None:
    features = TransformedFeatures({"a": 1, "b": 2}, ["label"])
    del features["label"]
    assert features.pop("label", 7) == 7
    assert features.pop("a") == 1
    with pytest.raises(KeyError):
        features.pop("other")
    with pytest.raises(KeyError):
        del features["other"]
    assert features == {"b": 2}


def test_older_modules_may_remove_the_label_when_serving(
    transform: TFTransformOutput, raw: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    without_label = {name: value for name, value in raw.items() if name != "tips"}
    assert type(transform.transform_raw_features(without_label)) is dict
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "1")
    features = transform.transform_raw_features(without_label)
    features.pop("tips_xf")
    assert "tips_xf" not in features
    assert "tips_xf" in transform.transform_raw_features(raw)
    monkeypatch.delenv("TF_USE_LEGACY_KERAS")
    with tf.Graph().as_default():
        serialized = tf.compat.v1.placeholder(tf.string, [None])
        spec = dict(transform.raw_feature_spec())
        spec.pop("tips")
        features = transform.transform_raw_features(tf.io.parse_example(serialized, spec))
        assert features.pop("tips_xf") is None
