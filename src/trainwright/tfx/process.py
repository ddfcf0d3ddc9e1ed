"""Runs a request with the Python of another environment.

This module imports neither TFX nor TensorFlow.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path

from trainwright import errors
from trainwright.errors import InvalidArgumentError, TrainingError, TrainwrightError
from trainwright.tfx.hand_over import PYTHON, Request
from trainwright.version import __version__

__all__ = ["run_in_process"]

_SECONDS_TO_STOP = 30


def run_in_process(python: str, request: Request) -> None:
    """Runs a request as a process of its own; what it prints goes where ours goes.

    When this process is interrupted, the other one is stopped, too.

    Args:
        python: the Python to run, of an environment with this package and all it depends on.
        request: what to do.

    Raises:
        InvalidArgumentError: there is no such Python.
        TrainwrightError: the executor's error, of the same class.
        TrainingError: the process ended without saying why.
    """
    with tempfile.TemporaryDirectory(prefix="trainwright-") as folder:
        file = Path(folder) / "request.json"
        file.write_text(json.dumps(request))
        command = [python, "-m", "trainwright.tfx.worker", str(file)]
        try:
            process = subprocess.Popen(command, env=_environment())
        except OSError as error:
            raise InvalidArgumentError(
                f"{PYTHON} must name a Python that can be run. Got {python!r}: {error.strerror}."
            ) from error
        code = _wait(process)
        if code:
            raise _error(Path(f"{file}.error"), python, code)


def _environment() -> dict[str, str]:
    """Ours, without what is of this Python only; PYTHONPATH stays, for the user's modules."""
    ours = ("PYTHONHOME", "VIRTUAL_ENV", PYTHON)
    return {name: value for name, value in os.environ.items() if name not in ours}


def _wait(process: subprocess.Popen[bytes]) -> int:
    try:
        return process.wait()
    except BaseException:  # a signal: nobody would stop it otherwise
        process.terminate()
        try:
            process.wait(_SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        raise


def _error(file: Path, python: str, code: int) -> TrainwrightError:
    """The error that the process wrote down, or one that says it wrote none."""
    if not file.is_file():
        return TrainingError(
            f"The executor's process ended with code {code}, and did not say why.",
            hint=f"Does {python} have trainwright {__version__} and what it depends "
            "on? Its output tells more.",
        )
    told = json.loads(file.read_text())
    kind: type[TrainwrightError] = getattr(errors, told["type"], TrainwrightError)
    if kind is errors.CorruptRecordError:  # which is made from other arguments
        kind = errors.DataError
    return kind(told["message"], hint=told["hint"])
