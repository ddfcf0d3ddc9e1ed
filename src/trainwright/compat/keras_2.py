"""Code that was written for Keras 2: reading it as such, and recognizing what fails without.

This module does not import TensorFlow.
"""

from __future__ import annotations

import ast
import importlib.util
import os

__all__ = ["as_keras_2", "keras_2_chosen", "keras_2_hint"]

_SIGNS = (
    "'DenseFeatures'",
    "module 'keras.",
    "not recognized: {'lr'",
    "unexpected keyword argument 'save_format'",
    "save_format",
    "Invalid filepath extension for saving",
    "The filepath provided must end in `.keras`",
    "A KerasTensor cannot be used as input to a TensorFlow function",
    "A KerasTensor is symbolic",
    "Unable to automatically build the model",
    "Could not interpret optimizer identifier: <trainwright",
    "tf.compat.v1.keras` is not available with Keras 3",
)
"""Parts of what Keras 3 says of calls that Keras 2 understood."""


def keras_2_hint(error: BaseException) -> str | None:
    """What to do about an error of code that needs Keras 2; None of any other error.

    Example:
        >>> keras_2_hint(ValueError("Argument(s) not recognized: {'lr': 0.1}"))
        'It may be written for Keras 2: pip install tf_keras, and set TF_USE_LEGACY_KERAS=1.'
    """
    if keras_2_chosen():
        return None
    if not any(sign in str(error) for sign in _SIGNS):
        return None
    return "It may be written for Keras 2: pip install tf_keras, and set TF_USE_LEGACY_KERAS=1."


_MOVED = {"keras.utils.vis_utils": "keras.utils"}
"""Modules of Keras 2 that later releases of it lack, and where their names are."""


def keras_2_chosen() -> bool:
    """Whether ``tf.keras`` is to be Keras 2, by the variable that TensorFlow reads."""
    return os.environ.get("TF_USE_LEGACY_KERAS", "").lower() in ("1", "true")


def as_keras_2(tree: ast.Module) -> bool:
    """Turns imports of ``keras`` into those of ``tf_keras``, where ``tf.keras`` is that.

    When the two were the same package, programs took layers from one and models from the other;
    layers of Keras 3 do not go with models of Keras 2.

    Args:
        tree: a module; changed in place.

    Returns:
        Whether it was changed.

    Example:
        >>> os.environ["TF_USE_LEGACY_KERAS"] = "1"
        >>> tree = ast.parse("from keras import layers; import keras.backend as K; import keras")
        >>> as_keras_2(tree), ast.unparse(tree).splitlines()
        (True, ['from tf_keras import layers', 'import tf_keras.backend as K', \
'import tf_keras as keras'])
        >>> del os.environ["TF_USE_LEGACY_KERAS"]
        >>> as_keras_2(ast.parse("import keras"))
        False
    """
    if not keras_2_chosen() or importlib.util.find_spec("tf_keras") is None:
        return False
    turned = [_turn(node) for node in ast.walk(tree)]
    return any(turned)


def _turn(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom) and not node.level and _is_keras(node.module or ""):
        node.module = f"tf_{_MOVED.get(str(node.module), node.module)}"
        return True
    if not isinstance(node, ast.Import):
        return False
    changed = False
    for alias in node.names:
        if alias.name == "keras" or (alias.asname and _is_keras(alias.name)):
            alias.asname = alias.asname or "keras"
            alias.name = f"tf_{alias.name}"
            changed = True
    return changed


def _is_keras(module: str) -> bool:
    return module.partition(".")[0] == "keras"
