"""Switching the stand-ins on and off."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from functools import partial
from types import ModuleType
from typing import Any

from trainwright.compat.finder import ImportWatcher, StandInFinder
from trainwright.compat.modules import forget
from trainwright.compat.names import IMPORTED_ANEW, INSTALL, KERAS_MODULES
from trainwright.compat.patches import TensorFlowPatches

__all__ = ["install", "shims", "uninstall"]


_BROKEN_MODULES = (
    "tensorflow.compat.v1.layers",
    "tensorflow.compat.v1.nn.rnn_cell",
    "tensorflow.keras.estimator",
)


class _Installation:
    """One switching-on: what it changed, and how to undo it."""

    def __init__(self, force: bool):
        self._patches = TensorFlowPatches(force)
        self._finder = StandInFinder()
        watched: dict[str, Callable[[ModuleType], None]] = {"tensorflow": self._patches.apply}
        watched |= dict.fromkeys(KERAS_MODULES, self._patches.apply_to_keras)
        watched |= {name: partial(self._patches.apply, name=name) for name in IMPORTED_ANEW}
        watched |= {name: partial(self._patches.replace, name=name) for name in _BROKEN_MODULES}
        self._watcher = ImportWatcher(watched)
        self._replaced = _hide_real_ones() if force else {}
        sys.meta_path.insert(0, self._watcher)
        sys.meta_path.insert(0 if force else len(sys.meta_path), self._finder)
        for name, patch in watched.items():
            if name in sys.modules:
                patch(sys.modules[name])

    def undo(self) -> None:
        for finder in (self._finder, self._watcher):
            with contextlib.suppress(ValueError):  # somebody has rebuilt the list without it
                sys.meta_path.remove(finder)
        self._patches.undo()
        forget()
        sys.modules.update(self._replaced)


def _hide_real_ones() -> dict[str, Any]:
    """Takes the real packages, where they are imported, out of ``sys.modules``."""
    roots = set(INSTALL) - {"tensorflow"}
    names = [name for name in sys.modules if name.partition(".")[0] in roots]
    return {name: sys.modules.pop(name) for name in names}


_installed: list[_Installation] = []
_scopes = 0


def install(force: bool = False) -> None:
    """From now on, the names that old module files import are there.

    A package that is installed is left alone. Calling it twice is the same as once.

    Args:
        force: stand in for packages that are installed, too.
    """
    if not _installed:
        _installed.append(_Installation(force))


def uninstall() -> None:
    """Undoes :func:`install`: imports, and attributes of TensorFlow, are as they were before.

    What a module has imported meanwhile it keeps, and it still works.
    """
    while _installed:
        _installed.pop().undo()


@contextlib.contextmanager
def shims() -> Iterator[None]:
    """While the block runs, the names that old module files import are there.

    Blocks may be nested; in a process where :func:`install` was called they change nothing.
    """
    global _scopes
    if _installed and not _scopes:
        yield
        return
    install()
    _scopes += 1
    try:
        yield
    finally:
        _scopes -= 1
        if not _scopes:
            uninstall()
