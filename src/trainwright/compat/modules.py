"""Modules that hand on the names of others when these are asked for."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

from trainwright.compat.names import HOMES, INSTALL, VERSIONS

__all__ = ["StandIn", "missing_hint", "stand_in"]

_made: dict[str, StandIn] = {}


class StandIn(ModuleType):
    """Takes the place of a module that is not installed.

    A name of it is looked up when it is first used, so that nothing is imported in vain.
    """

    __path__: list[str] = []  # noqa: RUF012 - a package: "from it import name" asks the finder

    def __getattr__(self, name: str) -> Any:
        if name == "__version__" and self.__name__.removesuffix(".v1") in VERSIONS:
            return VERSIONS[self.__name__.removesuffix(".v1")]
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        value = self._find(name)
        setattr(self, name, value)
        return value

    def _find(self, name: str) -> Any:
        homes = HOMES[self.__name__]
        if name in homes:
            return _resolve(homes[name])
        if f"{self.__name__}.{name}" in HOMES:
            return stand_in(f"{self.__name__}.{name}")
        if "*" in homes:
            home = import_module(homes["*"])
            if name in home.__all__ or name == "tpu":  # asking for tpu says what to use instead
                return getattr(home, name)
        raise AttributeError(missing_hint(self.__name__, name))

    def __dir__(self) -> list[str]:
        homes = HOMES[self.__name__]
        names = set(homes) - {"*"}
        if "*" in homes:
            names |= set(import_module(homes["*"]).__all__)
        below = f"{self.__name__}."
        names |= {key[len(below) :].partition(".")[0] for key in HOMES if key.startswith(below)}
        return sorted(names)


def _resolve(home: str) -> Any:
    module, _, attribute = home.partition(":")
    value: Any = import_module(module)
    return getattr(value, attribute) if attribute else value


def missing_hint(module: str, name: str) -> str:
    """What to say of a name that a stand-in does not have.

    Example:
        >>> print(missing_hint("tfx.utils", "telemetry_utils"))
        tfx.utils.telemetry_utils is not part of trainwright's stand-in for the package tfx, which \
is not installed. What uses it needs the real one: pip install tfx
    """
    root = module.partition(".")[0]
    wanted = INSTALL[root]
    state = "lacks it" if root in ("tensorflow",) else "is not installed"
    return (
        f"{module}.{name} is not part of trainwright's stand-in for the package {root}, which "
        f"{state}. What uses it needs the real one: pip install {wanted}"
    )


def stand_in(name: str) -> StandIn:
    """The stand-in of a module, always the same one.

    Args:
        name: a key of ``HOMES``.
    """
    if name not in _made:
        _made[name] = StandIn(name, f"Names of {name}, as trainwright has them.")
        _made[name].__package__ = name
    return _made[name]


def forget() -> None:
    """Takes all stand-ins out of ``sys.modules``."""
    for name in [name for name, module in sys.modules.items() if isinstance(module, StandIn)]:
        del sys.modules[name]
