"""What to do about errors that module files of other times, or other machines, lead to.

This module does not import TensorFlow.
"""

from __future__ import annotations

from trainwright.compat.keras_2 import keras_2_hint
from trainwright.user_module.tensorflow_1 import tensorflow_1_hint

__all__ = ["hint_for"]

_PACKAGES = {
    "cv2": "opencv-python",
    "kerastuner": "keras-tuner kt-legacy",
    "PIL": "pillow",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
"""By import name, the distribution to install where it is called otherwise."""

_LAST_KERAS_2 = ("keras.utils.vis_utils", "keras.engine", "keras.preprocessing.image")
_KERAS_2_MODULES = (
    "It is a module of Keras 2: import what is needed from tensorflow.keras, such as "
    "tensorflow.keras.utils.plot_model."
)


def hint_for(error: BaseException) -> str | None:
    """What to do about an error of a user's code; None where nothing is known.

    Args:
        error: what it raised.

    Example:
        >>> hint_for(ModuleNotFoundError("No module named 'kerastuner'", name="kerastuner"))
        'pip install keras-tuner kt-legacy; or, if it is your own, name its folder in PYTHONPATH.'
    """
    return (
        keras_2_hint(error)
        or tensorflow_1_hint(error)
        or _tensorboard_hint(error)
        or _import_hint(error)
    )


def _tensorboard_hint(error: BaseException) -> str | None:
    """Keras's callback TensorBoard needs a package that TensorFlow no longer brings along."""
    if type(error).__name__ != "TBNotInstalledError":
        return None
    return "Its summaries, such as those of Keras's callback TensorBoard: pip install tensorboard."


def _import_hint(error: BaseException) -> str | None:
    if not isinstance(error, ImportError):
        return None
    if "attempted relative import" in str(error):
        return (
            "Only a module of a package can import so: give its dotted name, as run_fn or "
            "module_path, with the package's folder in PYTHONPATH; or write an absolute import."
        )
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return None
    if error.name.removeprefix("tf_").startswith(_LAST_KERAS_2):
        return _KERAS_2_MODULES
    root, _, below = error.name.partition(".")
    if below or root == "trainwright":
        return None
    return (
        f"pip install {_PACKAGES.get(root, root.replace('_', '-'))}; or, if it is your own, name "
        "its folder in PYTHONPATH."
    )
