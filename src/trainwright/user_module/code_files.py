"""Which files the user's code consists of, found by reading imports, without running anything.

Followed are imports of what lies in the module's own folder, or anywhere else on ``sys.path``
where nothing is installed: absolute, relative, inside functions, and by ``import_module`` with a
literal name. Where a name is computed, all Python files of the folder count. Files that the code
names by a literal string, such as a vocabulary beside the module, count too.

This module does not import TensorFlow.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

from trainwright.user_module.source import is_installed

__all__ = ["code_files", "user_path"]

_IMPORTERS = ("import_module", "__import__")
_VIRTUAL = ("/proc/", "/sys/", "/dev/")
_LONGEST_NAME = 255
_MOST_FILES = 5_000


def user_path() -> list[Path]:
    """The entries of ``sys.path`` where nothing is installed: the user's own code."""
    folders = [Path(entry or ".").absolute() for entry in sys.path]
    return [folder for folder in folders if folder.is_dir() and not is_installed(folder)]


def code_files(entry: Path, bases: Sequence[Path]) -> dict[str, Path]:
    """The files that a module's behaviour depends on, by a name for people.

    Args:
        entry: the module; an absolute path.
        bases: folders where absolute imports are looked for, the first one first. Names are
            relative to it, for files below.

    Returns:
        The entry, the modules that it imports, their packages, and files that they name.
    """
    scan = _Scan(list(bases))
    scan.add(entry)
    scan.follow()
    return {_name(path, bases): path for path in sorted(scan.files)}


def _name(path: Path, bases: Sequence[Path]) -> str:
    if bases and path.is_relative_to(bases[0]):
        return str(path.relative_to(bases[0]))
    return str(path)


class _Scan:
    """A walk from file to imported file."""

    def __init__(self, bases: list[Path]):
        self._bases = bases
        self._waiting: list[Path] = []
        self.files: set[Path] = set()

    def add(self, path: Path) -> None:
        if path not in self.files and len(self.files) < _MOST_FILES:
            self.files.add(path)
            if path.suffix == ".py":
                self._waiting.append(path)

    def follow(self) -> None:
        while self._waiting:
            path = self._waiting.pop()
            try:
                tree = ast.parse(path.read_bytes(), filename=str(path))
            except (SyntaxError, ValueError, OSError):
                continue  # it counts by its bytes; importing it will fail, and say so
            self._visit(tree, path)

    def _visit(self, tree: ast.Module, path: Path) -> None:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    self._absolute(alias.name)
            elif isinstance(node, ast.ImportFrom):
                self._import_from(node, path)
            elif isinstance(node, ast.Call) and _called(node) in _IMPORTERS:
                self._import_call(node, path)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                self._literal(node.value, path.parent)

    def _import_from(self, node: ast.ImportFrom, path: Path) -> None:
        names = [alias.name for alias in node.names]
        if node.level:
            folder = path.parents[min(node.level, len(path.parents)) - 1]
            for name in ("", *names):
                self._below(folder, [*_parts(node.module), *_parts(name)])
            return
        for name in ("", *names):
            self._absolute(".".join(filter(None, (node.module, name))))

    def _import_call(self, node: ast.Call, path: Path) -> None:
        name = node.args[0] if node.args else None
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            if name.value.startswith("."):
                self._below(path.parent, _parts(name.value.lstrip(".")))
            else:
                self._absolute(name.value)
            return
        for found in _python_files(path.parent):
            self.add(found)

    def _absolute(self, name: str) -> None:
        parts = _parts(name)
        if parts and parts[0] != "trainwright":  # that counts by its version
            for base in self._bases:
                if self._below(base, parts):
                    return

    def _below(self, folder: Path, parts: list[str]) -> bool:
        """Adds the modules on the way down from a folder; whether there were any."""
        found = False
        for index in range(len(parts) + 1):
            place = folder.joinpath(*parts[:index])
            if index:
                found |= self._module(place)
            if index and (place / "__init__.py").is_file():
                self.add(place / "__init__.py")
                found = True
        return found

    def _module(self, place: Path) -> bool:
        for suffix in (".py", *EXTENSION_SUFFIXES):
            candidate = place.with_name(place.name + suffix)
            if candidate.is_file():
                self.add(candidate)
                return True
        return False

    def _literal(self, text: str, folder: Path) -> None:
        """Adds a file that a string names, seen from the code's folder or by an absolute path."""
        if not 0 < len(text) <= _LONGEST_NAME or "." not in text or not text.isprintable():
            return
        path = Path(os.path.normpath(folder / text))
        if not str(path).startswith(_VIRTUAL) and path.is_file():
            self.add(path)


def _called(node: ast.Call) -> str:
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _parts(name: str | None) -> list[str]:
    return [part for part in (name or "").split(".") if part and part != "*"]


def _python_files(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        folders[:] = [
            name for name in folders if not name.startswith(".") and name != "site-packages"
        ]
        yield from (Path(place) / name for name in files if name.endswith(".py"))
