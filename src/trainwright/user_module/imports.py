"""Letting a module file import its siblings, for a while, and without a trace.

This module does not import TensorFlow.
"""

from __future__ import annotations

import ast
import contextlib
import sys
from collections.abc import Iterator
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
)
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from trainwright.compat.keras_2 import as_keras_2
from trainwright.user_module.source import is_installed, is_users_file
from trainwright.user_module.tensorflow_1 import as_tensorflow_1

__all__ = ["FreshLoader", "siblings_importable"]


class FreshLoader(SourceFileLoader):
    """Compiles from source each time: cached bytecode of an edit within a second is stale.

    What is written for TensorFlow 1 is read as it was meant, and ``keras`` is Keras 2 if chosen.
    """

    def get_code(self, fullname: str) -> CodeType:
        """The code object of a module, compiled now."""
        path = self.get_filename(fullname)
        data = self.get_data(path)
        if b"tensorflow" in data or b"keras" in data:
            tree = ast.parse(data, path)
            changed = (as_tensorflow_1(tree, path), as_keras_2(tree))
            if any(changed):
                return compile(tree, path, "exec", dont_inherit=True)
        code: CodeType = self.source_to_code(data, path)
        return code


@contextlib.contextmanager
def siblings_importable(folder: Path) -> Iterator[None]:
    """While the block runs, a folder leads ``sys.path`` and its modules are imported anew.

    Afterwards ``sys.path``, ``sys.modules`` and the import hooks are as before, but for libraries
    imported for the first time, which stay.

    Args:
        folder: an absolute path.
    """
    path_before, modules_before = list(sys.path), set(sys.modules)
    hidden = _hide_siblings(folder)
    libraries = _libraries_below(folder)
    hook = _fresh_hook(folder, libraries)
    sys.path_hooks.insert(0, hook)
    sys.path.insert(0, str(folder))
    _forget_finders(folder)
    try:
        yield
    finally:
        # First of all: the path of a namespace package is computed from sys.path when read.
        for name in set(sys.modules) - (modules_before - set(hidden)):
            if name in hidden or _is_own(sys.modules[name], folder, libraries):
                del sys.modules[name]
        sys.modules.update(hidden)
        sys.path[:] = path_before
        sys.path_hooks.remove(hook)
        _forget_finders(folder)


def _libraries_below(folder: Path) -> list[Path]:
    """Folders on ``sys.path`` that lie below this one: what is in them are no siblings."""
    entries = [Path(entry).absolute() for entry in sys.path if entry]
    return [path for path in entries if path != folder and path.is_relative_to(folder)]


def _is_sibling(path: Path, folder: Path, libraries: list[Path]) -> bool:
    in_library = any(path.is_relative_to(library) for library in libraries)
    return not in_library and is_users_file(path, folder)


def _fresh_hook(folder: Path, libraries: list[Path]) -> Any:
    """An entry of ``sys.path_hooks`` for the folder and packages in it, not for others."""
    make_finder = FileFinder.path_hook(
        (ExtensionFileLoader, EXTENSION_SUFFIXES), (FreshLoader, [".py"])
    )

    def hook(path: str) -> Any:
        if _is_sibling(Path(path), folder, libraries):
            return make_finder(path)
        raise ImportError(f"not below {folder}", path=path)

    return hook


def _forget_finders(folder: Path) -> None:
    """Makes Python ask its path hooks again for the folder and those below it."""
    for path in list(sys.path_importer_cache):
        if Path(path).is_relative_to(folder):
            del sys.path_importer_cache[path]


def _hide_siblings(folder: Path) -> dict[str, ModuleType]:
    """Takes modules that a sibling in the folder would shadow out of ``sys.modules``.

    They are the siblings as imported earlier, or modules of the user's that happen to have the
    same names. What is installed, and this package, stays: replacing a library under a running
    program would break it.
    """
    siblings = {entry.stem for entry in folder.glob("*.py")}
    siblings |= {entry.parent.name for entry in folder.glob("*/__init__.py")}
    siblings -= {"__main__", "trainwright"}
    tops = {name for name in siblings & set(sys.modules) if not _is_library(sys.modules[name])}
    return {
        name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] in tops
    }


def _is_library(module: ModuleType | None) -> bool:
    """Whether a module is built in or installed."""
    file = getattr(module, "__file__", None)
    return file is None or is_installed(Path(file))


def _is_own(module: ModuleType | None, folder: Path, libraries: list[Path]) -> bool:
    """Whether a module's file, or for a namespace package its folder, is a sibling's."""
    if module is None or getattr(module, "__name__", "").partition(".")[0] == "trainwright":
        return False
    file = getattr(module, "__file__", None)
    paths = [file] if file else list(getattr(module, "__path__", []))
    return any(_is_sibling(Path(path), folder, libraries) for path in paths)
