"""Importing a module by its name so that edits of it count, without restarting the process.

This module does not import TensorFlow.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType

from trainwright.user_module.source import is_installed

__all__ = ["import_current"]

_Stamp = tuple[int, int]

_loaded: dict[str, dict[str, _Stamp]] = {}
"""By the name that was asked for: the user's modules it brought along, as their files were."""


def import_current(name: str) -> ModuleType:
    """Imports a module; if a file of the user's behind it has changed, imports them all anew.

    They are the modules of its top-level package, and those that were imported for the first time
    when it was. What is installed is never imported again.

    Args:
        name: dotted.

    Raises:
        BaseException: whatever importing it raises; the modules of before are then still there.
    """
    known = _loaded.get(name, {})
    removed = _take_out(known) if _have_changed(known) else {}
    before = set(sys.modules)
    try:
        module = importlib.import_module(name)
    except BaseException:
        sys.modules.update(removed)  # with the old stamps: the next time tries again
        raise
    top = name.partition(".")[0]
    own = {n for n in sys.modules if n not in before or n in known or n.partition(".")[0] == top}
    stamps = {n: _stamp(sys.modules[n]) for n in own}
    _loaded[name] = {n: stamp for n, stamp in stamps.items() if stamp is not None}
    return module


def _have_changed(known: Mapping[str, _Stamp]) -> bool:
    return any(n in sys.modules and _stamp(sys.modules[n]) != stamp for n, stamp in known.items())


def _take_out(names: Iterable[str]) -> dict[str, ModuleType]:
    """Takes modules out of ``sys.modules``, and away what Python has compiled of them."""
    removed = {n: sys.modules.pop(n) for n in names if n in sys.modules}
    for module in removed.values():
        # An edit within a second that keeps the size is not noticed in cached bytecode.
        with contextlib.suppress(NotImplementedError, OSError):
            Path(importlib.util.cache_from_source(str(module.__file__))).unlink(missing_ok=True)
    importlib.invalidate_caches()
    return removed


def _stamp(module: ModuleType | None) -> _Stamp | None:
    """Time of modification and size of a module's file; None for what is not the user's."""
    file = getattr(module, "__file__", None)
    if module is None or not file or module.__name__ == "__main__":
        return None
    path = Path(file)
    if is_installed(path) or path.suffix != ".py" or not path.is_file():
        return None
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size
