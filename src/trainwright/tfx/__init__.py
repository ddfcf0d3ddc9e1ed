"""Our executors inside TFX: its pipelines, its orchestrators, our training.

``custom_executor_spec`` of TFX's own Trainer takes a class from here. TFX resolves inputs, places
outputs and records the run as ever; the executor trains::

    from tfx import v1 as tfx
    from tfx.dsl.components.base import executor_spec
    from trainwright.tfx import Executor  # or GenericExecutor, for a run_fn

    trainer = tfx.components.Trainer(
        custom_executor_spec=executor_spec.ExecutorClassSpec(Executor),
        module_file="module.py",
        ...
    )

TFX may live in an environment that has an old TensorFlow. Then this package is installed there
without what it depends on (``pip install --no-deps trainwright``), and the environment variable
``TRAINWRIGHT_PYTHON`` names the Python of another environment that has all of it: the executor
runs there, as a process of its own.

Importing this package does not import TFX; its classes do.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["Executor", "GenericExecutor"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("trainwright.tfx.executor"), name)
    raise AttributeError(f"module 'trainwright.tfx' has no attribute {name!r}")
