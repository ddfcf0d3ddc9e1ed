"""Turns what a user's function raises, or TensorFlow on its behalf, into this package's errors.

This module does not import TensorFlow.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from trainwright.data.bad_records import current_bad_records
from trainwright.data.readings import noted_readings
from trainwright.data.tfrecord import find_damage
from trainwright.data.validation.misfits import (
    expected_by_message,
    expected_by_spec,
    find_misfit,
)
from trainwright.errors import (
    DataError,
    NonFiniteLossError,
    TrainingError,
    TrainwrightError,
    UserCodeError,
)
from trainwright.user_module.hints import hint_for
from trainwright.user_module.source import is_users_code, oneline, user_frame

__all__ = ["explaining", "writing"]


@contextlib.contextmanager
def explaining(doing: str, folder: Path | None, data_files: Sequence[str] = ()) -> Iterator[None]:
    """Explains exceptions that leave the block; this package's own pass as they are.

    Args:
        doing: what the block does, to begin a sentence with: ``"Calling trainer_fn"``.
        folder: where the user's code is; None: anywhere but in installed packages.
        data_files: patterns of the record files that the block reads.

    Raises:
        CorruptRecordError: TensorFlow met a damaged record, and it is found in the data files.
        DataError: TensorFlow could not parse a record, and it is found in the data files.
        NonFiniteLossError: the loss became NaN or infinite.
        UserCodeError: the user's code raised, or left by ``sys.exit``.
        TrainingError: anything else.
    """
    owner = os.getpid()
    try:
        yield
        _end_copy(owner, None)
    except TrainwrightError as error:
        _end_copy(owner, error)
        raise
    except KeyboardInterrupt as error:
        _end_copy(owner, error)
        raise
    except SystemExit as error:
        _end_copy(owner, error)
        raise UserCodeError(
            f"{doing} ended with sys.exit({error.code!r}){_place(error, folder)}.",
            hint="Return normally when the work is done; raise an exception when it cannot be.",
        ) from error
    except Exception as error:
        _end_copy(owner, error)
        raise _explanation(error, doing, folder, data_files) from error


@contextlib.contextmanager
def writing(doing: str, kind: type[TrainwrightError]) -> Iterator[None]:
    """Explains why the block could not write files.

    Args:
        doing: what failed, as a sentence without its full stop.
        kind: the error to raise.
    """
    try:
        yield
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise kind(f"{doing}: {error.strerror or error}{where}.", hint=_disk_hint(error)) from error


def _end_copy(owner: int, error: BaseException | None) -> None:
    """Ends a copy of the process that the user's code has made by a fork, and let come here.

    The run is the original's: a copy must neither train, publish nor record anything.
    """
    if os.getpid() == owner:
        return
    code = error.code if isinstance(error, SystemExit) else 0 if error is None else 1
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code if isinstance(code, int) else code is not None)


_FULL = re.compile(r"No space left on device|Disk quota exceeded|ENOSPC|File too large")
_READ_ONLY = re.compile(r"Read-only file system|Permission denied")


def _disk_hint(error: BaseException) -> str | None:
    """What to do where it is the disk that failed."""
    if _FULL.search(str(error)):
        return (
            "Free some space, and give the same command again: what was committed before is kept."
        )
    if _READ_ONLY.search(str(error)):
        return "Make the output directory writable, or name another one."
    return None


def _explanation(
    error: Exception, doing: str, folder: Path | None, data_files: Sequence[str]
) -> TrainwrightError:
    bad = current_bad_records()
    if bad is not None and bad.problem is not None:
        return bad.problem
    if _is_tensorflow(error, "DataLossError"):
        damage = find_damage(path for pattern in data_files for path in _files(Path(pattern)))
        if damage:
            return damage
    if _is_tensorflow(error, "InvalidArgumentError"):
        misfit = _misfit(error, data_files)
        if misfit:
            return misfit
    if _is_tensorflow(error, "NanLossDuringTrainingError"):
        return NonFiniteLossError(str(error))
    place = _place(error, folder)
    if _FULL.search(str(error)):
        return TrainingError(f"{doing} failed{place}: {oneline(error)}", hint=_disk_hint(error))
    if place:
        return UserCodeError(f"{doing} failed{place}: {oneline(error)}", hint=hint_for(error))
    if isinstance(error, (TypeError, ValueError)) and not _is_tensorflow(error, "OpError"):
        # What the estimator says of the arguments and results of the user's functions.
        return UserCodeError(f"{doing} failed: {error}")
    return TrainingError(f"{doing} failed: {oneline(error)}", hint=_disk_hint(error))


def _misfit(error: Exception, data_files: Sequence[str]) -> DataError | None:
    """The record that could not be parsed; None where that is not what has failed."""
    asked_for = expected_by_message(str(error))
    if asked_for is None:
        return None
    readings = [(one.files, expected_by_spec(one.spec)) for one in noted_readings()]
    # What the message tells goes for all files, whoever reads them.
    everything = [str(path) for pattern in data_files for path in _files(Path(pattern))]
    try:
        for files, expected in (*readings, (everything, asked_for)):
            if asked_for.keys() <= expected.keys():
                found = find_misfit(files, list(expected.values()))
                if found:
                    return found
    except DataError as damage:
        return damage
    return None


def _files(pattern: Path) -> list[Path]:
    return sorted(path for path in pattern.parent.glob(pattern.name) if path.is_file())


def _place(error: BaseException, folder: Path | None) -> str:
    frame = user_frame(error, folder) or _operation_frame(error, folder)
    return f" at {frame[0]}:{frame[1]}" if frame else ""


def _operation_frame(error: BaseException, folder: Path | None) -> tuple[str, int] | None:
    """Where the user's code made the operation that failed, if TensorFlow knows it."""
    operation = getattr(error, "op", None)
    place = None
    for frame in getattr(operation, "traceback", None) or ():
        if is_users_code(Path(frame.filename), folder):
            place = (str(frame.filename), int(frame.lineno))
    return place


def _is_tensorflow(error: BaseException, name: str) -> bool:
    """Whether an exception is of this class of TensorFlow's; without importing TensorFlow."""
    tensorflow: Any = sys.modules.get("tensorflow")
    if tensorflow is None:
        return False
    errors, training = tensorflow.errors, tensorflow.compat.v1.train
    return isinstance(error, getattr(errors, name, None) or getattr(training, name))
