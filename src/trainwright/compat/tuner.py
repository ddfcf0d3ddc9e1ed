"""What module files with a ``tuner_fn`` use of TFX. The Trainer does not call that function.

This module does not import TensorFlow.
"""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["TunerFnResult"]


class TunerFnResult(NamedTuple):
    """What a ``tuner_fn`` returns.

    Attributes:
        tuner: the tuner of Keras.
        fit_kwargs: arguments of its search.
    """

    tuner: Any
    fit_kwargs: dict[str, Any]
