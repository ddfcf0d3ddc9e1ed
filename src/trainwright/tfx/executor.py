"""The classes that TFX runs. Importing this module imports TFX."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any, ClassVar

from trainwright.errors import UserModuleError
from trainwright.tfx.hand_over import PYTHON, Request, as_request
from trainwright.tfx.process import run_in_process
from trainwright.tfx.worker import run_request

__all__ = ["Executor", "GenericExecutor"]

_HOMES = ("tfx.dsl.components.base.base_executor", "tfx.components.base.base_executor")
"""Where TFX has BaseExecutor: from 0.25 on, and before."""


def _base_executor() -> Any:
    for home in _HOMES:
        try:
            return import_module(home).BaseExecutor
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] != "tfx":
                raise
    raise UserModuleError(
        "trainwright.tfx is for pipelines of TFX, which is not installed here.",
        hint="Without TFX, take Executor and GenericExecutor from trainwright, "
        "or install it: pip install tfx",
    )


_BaseExecutor: Any = _base_executor()


class GenericExecutor(_BaseExecutor):
    """Calls the user's ``run_fn``; see :class:`trainwright.GenericExecutor`."""

    KIND: ClassVar[str] = "GenericExecutor"
    """Which of our executors does the work."""

    def Do(self, input_dict: Any, output_dict: Any, exec_properties: Any) -> None:
        """Trains, here or where ``TRAINWRIGHT_PYTHON`` says.

        Args:
            input_dict: key -> TFX's artifacts.
            output_dict: key -> TFX's artifacts.
            exec_properties: the component's properties, by name.

        Raises:
            TrainwrightError: as the executor here raises; as the one of another process tells.
        """
        request: Request = as_request(
            self.KIND, input_dict, output_dict, exec_properties, getattr(self, "_context", None)
        )
        python = os.environ.get(PYTHON)
        if python:
            run_in_process(python, request)
        else:
            run_request(request)


class Executor(GenericExecutor):
    """Trains the Estimator of the user's ``trainer_fn``; see :class:`trainwright.Executor`."""

    KIND: ClassVar[str] = "Executor"
