"""Module files save Keras 3 models as they saved those of Keras 2."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import pytest
import tensorflow as tf

from trainwright import compat


@pytest.fixture
def model() -> Any:
    return keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")])


def test_with_signatures(model: Any, tmp_path: Path) -> None:
    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def serve(examples: Any) -> Any:
        parsed = tf.io.parse_example(examples, {"x": tf.io.FixedLenFeature([1], tf.float32, [2.0])})
        return {"outputs": model(parsed["x"])}

    with compat.shims():
        model.save(str(tmp_path), save_format="tf", signatures={"serving_default": serve})
    loaded = tf.saved_model.load(str(tmp_path)).signatures["serving_default"]
    assert loaded(tf.constant([b"", b""]))["outputs"].numpy().ravel().tolist() == [2.0, 2.0]


def test_without_signatures(model: Any, tmp_path: Path) -> None:
    with compat.shims():
        tf.keras.Model.save(model, tmp_path, save_format="tf")
    serve = tf.saved_model.load(str(tmp_path)).signatures["serving_default"]
    (answer,) = serve(tf.constant([[3.0]])).values()
    assert answer.numpy().tolist() == [[3.0]]


def test_other_formats_are_for_keras_and_outside_all_is_as_it_was(
    model: Any, tmp_path: Path
) -> None:
    before = keras.Model.save
    with compat.shims():
        model.save(tmp_path / "model.keras")
    assert keras.models.load_model(tmp_path / "model.keras").count_params() == 2
    assert keras.Model.save is before
    with pytest.raises(ValueError, match="save_format"):
        model.save(str(tmp_path / "other"), save_format="tf")
