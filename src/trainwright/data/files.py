"""The files that hold a data set: found by name or pattern, on any file system of TensorFlow's."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

from trainwright.data.tfrecord import compression_of
from trainwright.errors import DataError

__all__ = ["Patterns", "compression_of_file", "matching_files"]

Patterns: TypeAlias = str | Path | Iterable[str | Path]
"""One or several file names or glob patterns."""


def matching_files(patterns: Patterns) -> list[str]:
    """The files that match, sorted by name.

    Args:
        patterns: file names or glob patterns; hidden files match none.

    Raises:
        DataError: one of them matches no file.
    """
    import tensorflow as tf

    matched: set[str] = set()
    for pattern in [patterns] if isinstance(patterns, str | Path) else patterns:
        names = [str(pattern)] if _is_file(str(pattern)) else tf.io.gfile.glob(str(pattern))
        files = {name for name in names if _is_file(name) and not Path(name).name.startswith(".")}
        if not files:
            raise DataError(f"No file matches {str(pattern)!r}.")
        matched |= files
    if not matched:
        raise DataError("There are no files to read: no name or pattern was given.")
    return sorted(matched)


def _is_file(name: str) -> bool:
    import tensorflow as tf

    return bool(tf.io.gfile.exists(name) and not tf.io.gfile.isdir(name))


def compression_of_file(name: str) -> str:
    """How TFRecords in a file are compressed, as TensorFlow calls it: ``"GZIP"`` or ``""``.

    Raises:
        DataError: the file cannot be read.
    """
    import tensorflow as tf

    try:
        with tf.io.gfile.GFile(name, "rb") as file:
            return compression_of(file.read(12), name)
    except tf.errors.OpError as error:
        raise DataError(f"{name} cannot be read: {error.message}.") from error
