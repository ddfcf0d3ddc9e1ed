"""The import hook that finds stand-ins where the real module is absent."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from trainwright.compat.modules import StandIn, missing_hint, stand_in
from trainwright.compat.names import HOMES, INSTALL

__all__ = ["ImportWatcher", "StandInFinder"]


class _StandInLoader(Loader):
    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return stand_in(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to do: names are found when they are used."""


class StandInFinder(MetaPathFinder):
    """Finds the stand-ins of packages.

    Last on ``sys.meta_path``, it is only asked for what nobody else has; of a package that is
    installed it finds nothing, even where that lacks a module.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of a stand-in; None of modules that are not for us to find.

        Raises:
            ModuleNotFoundError: a module of a package we stand in for, that we do not have.
        """
        root, dot, _ = fullname.partition(".")
        if root not in INSTALL or (root == "tensorflow" and fullname not in HOMES):
            return None
        if dot and root != "tensorflow" and not isinstance(sys.modules.get(root), StandIn):
            return None
        if fullname not in HOMES:
            module, _, name = fullname.rpartition(".")
            # The name is the package's, since it is what is missing; with the module's own
            # "from package import module" would swallow the message.
            raise ModuleNotFoundError(missing_hint(module, name), name=root)
        return importlib.util.spec_from_loader(fullname, _StandInLoader(), is_package=True)


class ImportWatcher(MetaPathFinder):
    """Calls a function once a module has been imported.

    Args:
        watched: name of a module -> the function, which takes the module.
    """

    def __init__(self, watched: Mapping[str, Callable[[ModuleType], None]]):
        self._watched = watched
        self._asking: set[str] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's own spec, with a loader that calls the function; None of all else."""
        if fullname not in self._watched or fullname in self._asking:
            return None
        # Others watch imports too, such as what hides TensorFlow's noise: ask them all, and
        # do not answer when one of them asks in turn.
        self._asking.add(fullname)
        try:
            spec = _found_by_others(self, fullname, path, target)
        finally:
            self._asking.discard(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = _CallingLoader(spec.loader, self._watched[fullname])
        return spec


def _found_by_others(
    asking: MetaPathFinder, fullname: str, path: Sequence[str] | None, target: ModuleType | None
) -> ModuleSpec | None:
    for finder in list(sys.meta_path):
        spec = None if finder is asking else finder.find_spec(fullname, path, target)
        if spec is not None:
            return spec
    return None


class _CallingLoader(Loader):
    """Loads as another loader does, then calls a function and steps aside."""

    def __init__(self, real: Any, imported: Callable[[ModuleType], None]):
        self._real = real
        self._imported = imported

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        created: ModuleType | None = self._real.create_module(spec)
        return created

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._real
        if module.__spec__ is not None:
            module.__spec__.loader = self._real
        self._real.exec_module(module)
        self._imported(sys.modules.get(module.__name__, module))
