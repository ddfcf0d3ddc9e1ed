"""Errors of code for Keras 2 are recognized as what Keras 3 really raises."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from trainwright.compat.keras_2 import as_keras_2, keras_2_hint


def functional() -> Any:
    return tf.squeeze(tf.keras.Input((1,)), -1)


def save(path: Path, **options: Any) -> None:
    model = tf.keras.Sequential([tf.keras.Input((1,)), tf.keras.layers.Dense(1)])
    model.save(str(path / "model"), **options)


OLD = {
    "features": lambda path: tf.keras.layers.DenseFeatures([]),
    "wrappers": lambda path: tf.keras.wrappers.scikit_learn,
    "learning rate": lambda path: tf.keras.optimizers.Adam(lr=0.1),
    "functions": lambda path: functional(),
    "directory": lambda path: save(path),
    "format": lambda path: save(path, save_format="h5py"),
}


@pytest.mark.parametrize("what", OLD)
def test_what_keras_3_refuses(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TF_USE_LEGACY_KERAS", raising=False)
    old: Callable[[Path], Any] = OLD[what]
    with pytest.raises((AttributeError, TypeError, ValueError)) as failure:
        old(tmp_path)
    assert "pip install tf_keras" in (keras_2_hint(failure.value) or "")


def test_other_errors_and_keras_2_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    assert keras_2_hint(ValueError("no such column")) is None
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "1")
    assert keras_2_hint(AttributeError("... has no attribute 'DenseFeatures'")) is None


def test_modules_that_keras_2_has_moved_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tf_keras")
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "1")
    tree = ast.parse("from keras.utils.vis_utils import plot_model\nfrom .keras import mine")
    assert as_keras_2(tree)
    assert ast.unparse(tree).splitlines() == [
        "from tf_keras.utils import plot_model",
        "from .keras import mine",
    ]
