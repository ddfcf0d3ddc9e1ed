"""Recognizes what fails because it was written for Keras 2.

This module does not import TensorFlow.
"""

from __future__ import annotations

import os

__all__ = ["keras_2_hint"]

_SIGNS = (
    "'DenseFeatures'",
    "module 'keras.",
    "not recognized: {'lr'",
    "unexpected keyword argument 'save_format'",
    "save_format",
    "Invalid filepath extension for saving",
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
    if os.environ.get("TF_USE_LEGACY_KERAS", "").lower() in ("1", "true"):
        return None
    if not any(sign in str(error) for sign in _SIGNS):
        return None
    return "It may be written for Keras 2: pip install tf_keras, and set TF_USE_LEGACY_KERAS=1."
