"""Keras models in Estimators: :func:`model_to_estimator`, and Keras objects within model_fns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trainwright.estimator.keras.conversion import model_to_estimator as model_to_estimator

__all__ = ["model_to_estimator"]


def __getattr__(name: str) -> Any:
    if name != "model_to_estimator":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Here, since the engine imports this package for Keras objects in model_fns.
    from trainwright.estimator.keras.conversion import model_to_estimator

    globals()[name] = model_to_estimator
    return model_to_estimator
