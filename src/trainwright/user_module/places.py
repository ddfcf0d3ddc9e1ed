"""Where a user's function is, made a place that Python can import from.

A module file on a remote file system is copied with the Python files beside it, and a wheel is
unpacked, both into a temporary directory.

This module does not import TensorFlow.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from trainwright.errors import UserModuleError
from trainwright.remote.stage import Stage
from trainwright.remote.storage import absolute, is_remote, local_path
from trainwright.user_module.loading import FunctionSource
from trainwright.user_module.wheels import split_wheel, unpack_wheel

__all__ = ["absolute_place", "local_source"]


def local_source(source: FunctionSource, stage: Stage) -> FunctionSource:
    """The same source, on the local disk.

    Args:
        source: where the function is.
        stage: holds the copies; the source is of use until it is left.

    Raises:
        UserModuleError: it cannot be read, or is a wheel that cannot be unpacked. A module file
            that is absent is left for loading it to tell.
    """
    if source.kind == "wheel":
        wheel = str(source.wheel)
        unpacked = stage.folder(wheel)
        unpack_wheel(Path(stage.file(wheel, UserModuleError)).expanduser(), unpacked)
        return replace(source, unpacked=unpacked)
    if source.kind != "file":
        return source
    if not is_remote(source.location):
        return replace(source, location=local_path(source.location))
    address, _, name = source.location.rpartition("/")
    folder = stage.directory(
        address, lambda file: _is_python(file) or file == name, UserModuleError
    )
    return replace(source, location=str(Path(folder) / name))


def absolute_place(module_file: str) -> str:
    """A module file, or a module in a wheel, so that it means the same wherever it is read.

    Example:
        >>> absolute_place("taxi@/wheels/taxi-1.whl"), absolute_place("gs://code/model.py")
        ('taxi@/wheels/taxi-1.whl', 'gs://code/model.py')
    """
    in_wheel = split_wheel(module_file)
    return f"{in_wheel[0]}@{absolute(in_wheel[1])}" if in_wheel else absolute(module_file)


def _is_python(name: str) -> bool:
    hidden = any(part.startswith(".") for part in name.split("/"))
    return name.endswith(".py") and not hidden
