from __future__ import annotations

import pytest

from trainwright.user_module.hints import hint_for


class TBNotInstalledError(ImportError):
    """Called as TensorFlow's is."""


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        (TBNotInstalledError("tf.summary.scalar"), "pip install tensorboard"),
        (
            ModuleNotFoundError("", name="keras.utils.vis_utils"),
            "tensorflow.keras.utils.plot_model",
        ),
        (ModuleNotFoundError("", name="tf_keras.engine"), "tensorflow.keras.utils.plot_model"),
        (ModuleNotFoundError("", name="tensorflow_hub"), "pip install tensorflow-hub;"),
        (ModuleNotFoundError("", name="kerastuner"), "pip install keras-tuner kt-legacy;"),
        (ModuleNotFoundError("", name="my_features"), "name its folder in PYTHONPATH"),
        (ImportError("attempted relative import with no known parent package"), "dotted name"),
        (AttributeError("module 'tensorflow' has no attribute 'Session'"), "tensorflow.compat.v1"),
    ],
)
def test_known_failures_have_a_hint(error: BaseException, hint: str) -> None:
    assert hint in (hint_for(error) or "")


@pytest.mark.parametrize(
    "error",
    [
        ModuleNotFoundError("", name="os.nothing"),
        ModuleNotFoundError("something else"),
        ImportError("cannot import name 'x' from 'y'"),
        ValueError("attempted relative import"),
    ],
)
def test_others_have_none(error: BaseException) -> None:
    assert hint_for(error) is None
