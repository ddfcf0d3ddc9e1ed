"""tf.estimator and the TFX Trainer on today's TensorFlow.

Importing this package does not import TensorFlow: its names are loaded when they are used.
``import trainwright.estimator`` does.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from trainwright.version import __version__

if TYPE_CHECKING:
    from trainwright.component import Trainer as Trainer
    from trainwright.contract.fn_args import FnArgs as FnArgs
    from trainwright.errors import TrainwrightError as TrainwrightError
    from trainwright.executor import BaseExecutor as BaseExecutor
    from trainwright.executor import Executor as Executor
    from trainwright.executor import GenericExecutor as GenericExecutor

_HOME = {
    "BaseExecutor": "trainwright.executor",
    "Executor": "trainwright.executor",
    "FnArgs": "trainwright.contract.fn_args",
    "GenericExecutor": "trainwright.executor",
    "Trainer": "trainwright.component",
    "TrainwrightError": "trainwright.errors",
}

__all__ = ["__version__", *sorted(_HOME)]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'trainwright' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
