"""TensorFlow without its noise.

Importing TensorFlow writes lines to the standard error stream that no setting hides, since they
come before its logging is set up. Here it is imported with the stream caught; known harmless
lines are dropped, everything else is written through.

This module does not import TensorFlow until it is asked to.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import IO, Any

__all__ = ["filtered_stderr", "import_tensorflow", "is_harmless", "quiet_tensorflow"]

_STDERR = 2

_HARMLESS = re.compile(
    "|".join(
        (
            r"^WARNING: All log messages before absl::InitializeLog\(\)",
            r"^I\d{4} ",  # information, from absl's logging
            r"^\d{4}-\d\d-\d\d [\d:.]+: I ",  # and from TensorFlow's older one
            r"^To enable the following instructions:",
            r"oneDNN custom operations are on",
            r"Could not find cuda drivers",
            r"cudart_stub\.cc",
            r"cuda_(platform|driver|diagnostics|executor)\.cc",
            r"failed call to cuInit",
            r"Unable to register cu\w+ factory",
            r"computation_placer\.cc.*already registered",
            r"Could not (find|load) (TensorRT|dynamic library 'lib(cu|nv))",
            r"Cannot dlopen some GPU libraries",
        )
    )
)


def is_harmless(line: str) -> bool:
    """Whether a line that TensorFlow writes on import tells its user nothing.

    Example:
        >>> is_harmless("I0000 00:00:17.84  49 port.cc:153] oneDNN custom operations are on.")
        True
        >>> is_harmless("F0000 00:00:17.84  49 env.cc:40] no AVX on this machine")
        False
    """
    return bool(_HARMLESS.search(line))


def quiet_tensorflow() -> None:
    """Makes the import of TensorFlow quiet, now or whenever it comes, whoever imports it.

    From then on TensorFlow's native code reports errors only, unless ``TF_CPP_MIN_LOG_LEVEL`` is
    set, and so do the Python loggers of TensorFlow, absl and Keras; their deprecation
    warnings are not shown.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    if "tensorflow" in sys.modules:
        _quieten_python()
    elif not any(isinstance(finder, _QuietFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _QuietFinder())


def import_tensorflow(verbose: bool = False) -> Any:
    """Imports TensorFlow, by default as :func:`quiet_tensorflow` says.

    Args:
        verbose: hides nothing.

    Returns:
        The module ``tensorflow``.
    """
    if not verbose:
        quiet_tensorflow()
    return import_module("tensorflow")


class _QuietFinder(MetaPathFinder):
    """Finds TensorFlow as ever, but has it loaded quietly; steps aside after that."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The usual spec of TensorFlow, None for other modules."""
        if fullname != "tensorflow":
            return None
        sys.meta_path.remove(self)
        spec = find_spec(fullname)
        if spec is not None and spec.loader is not None:
            usual = spec.loader.exec_module

            def exec_module(module: ModuleType) -> None:
                with filtered_stderr():
                    usual(module)
                    # The first look at the devices complains of missing GPU drivers.
                    module.config.list_physical_devices()
                _quieten_python()

            # This one instance is TensorFlow's own: no other module is loaded by it.
            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _quieten_python() -> None:
    for name in ("tensorflow", "absl", "keras"):
        logging.getLogger(name).setLevel(logging.ERROR)
    for category in (DeprecationWarning, PendingDeprecationWarning, FutureWarning, UserWarning):
        warnings.filterwarnings("ignore", category=category, module=r"(tensorflow|keras|absl)\b")


@contextlib.contextmanager
def filtered_stderr() -> Iterator[None]:
    """Catches all that is written to file descriptor 2, and drops the harmless lines of it.

    The rest is written when the block ends, however it ends. Where the descriptor is closed, or
    no temporary file can be made, nothing is caught.
    """
    caught = _open_temporary()
    saved = _duplicate_stderr() if caught else None
    if caught is None or saved is None:
        yield
        return
    try:
        _flush_python_stderr()
        os.dup2(caught.fileno(), _STDERR)
        yield
    finally:
        _flush_python_stderr()
        os.dup2(saved, _STDERR)
        os.close(saved)
        _write_through(caught)


def _open_temporary() -> IO[bytes] | None:
    try:
        return tempfile.TemporaryFile()
    except OSError:  # a full or read-only disk: noise does no harm
        return None


def _duplicate_stderr() -> int | None:
    try:
        return os.dup(_STDERR)
    except OSError:  # it is closed
        return None


def _flush_python_stderr() -> None:
    if sys.stderr is not None:
        with contextlib.suppress(OSError, ValueError):  # closed, or a pipe that nobody reads
            sys.stderr.flush()


def _write_through(caught: IO[bytes]) -> None:
    """Writes the lines that matter to the standard error stream."""
    with caught:
        caught.seek(0)
        kept = [line for line in caught if not is_harmless(line.decode(errors="replace"))]
    remaining = b"".join(kept)
    with contextlib.suppress(OSError):  # a pipe that nobody reads
        while remaining:
            remaining = remaining[os.write(_STDERR, remaining) :]
