"""From ``module_file``, ``module_path`` or a dotted name to the user's function.

A module file is loaded the way a script is: it imports its siblings by their bare names. While
its function is in use its folder leads ``sys.path``; afterwards ``sys.path`` and ``sys.modules``
are as before. Nothing of it is cached, so an edited file, or an edited sibling, counts the next
time.

This module does not import TensorFlow.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import itertools
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import Any

from trainwright.errors import InvalidArgumentError, UserModuleError, did_you_mean
from trainwright.user_module.hints import hint_for
from trainwright.user_module.imports import FreshLoader, siblings_importable
from trainwright.user_module.reloading import import_current
from trainwright.user_module.source import (
    bound_names,
    module_file_below,
    oneline,
    package_of,
    user_frame,
)
from trainwright.user_module.wheels import split_wheel

__all__ = ["FunctionSource", "check_source", "find_function", "loaded_function"]

_numbers = itertools.count()


@dataclass(frozen=True)
class FunctionSource:
    """Where a user's function is.

    Attributes:
        kind: ``"file"`` for a path, ``"module"`` for a name that ``import`` understands,
            ``"wheel"`` for a name inside a wheel.
        location: the path or the name.
        function: the function's name in it.
        wheel: the wheel's file.
        unpacked: the directory with the wheel's contents, once it is unpacked.
    """

    kind: str
    location: str
    function: str
    wheel: str | None = field(default=None, repr=False)
    unpacked: Path | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.where}:{self.function}"

    @property
    def where(self) -> str:
        """The path or name, and the wheel it is in."""
        return f"{self.location}@{self.wheel}" if self.wheel else self.location

    @property
    def folder(self) -> Path | None:
        """Where the user's code is: the file's folder, or the imported package's."""
        if self.kind == "file":
            return Path(self.location).expanduser().absolute().parent
        if self.kind == "wheel":
            return self.unpacked
        package = sys.modules.get(self.location.partition(".")[0])
        file = getattr(package, "__file__", None)
        return Path(file).parent if file else None


def find_function(properties: Mapping[str, Any], name: str) -> FunctionSource:
    """Reads from the execution properties where the user's function is.

    Args:
        properties: exactly one of the keys ``module_file``, ``module_path`` and ``name`` is set.
            The first two may end in ``:function``, and be ``module@file.whl``; the last holds a
            dotted name.
        name: the function's name where the properties do not say, such as ``"trainer_fn"``.

    Raises:
        InvalidArgumentError: none of the keys is set, more than one, or one is no such name.

    Example:
        >>> find_function({"module_file": "taxi.py"}, "trainer_fn")
        FunctionSource(kind='file', location='taxi.py', function='trainer_fn')
        >>> find_function({"module_path": "taxi.model:build"}, "trainer_fn")
        FunctionSource(kind='module', location='taxi.model', function='build')
        >>> find_function({"trainer_fn": "taxi.model.build"}, "trainer_fn")
        FunctionSource(kind='module', location='taxi.model', function='build')
        >>> str(find_function({"module_path": "model@taxi-1.whl"}, "trainer_fn"))
        'model@taxi-1.whl:trainer_fn'
    """
    keys = ("module_file", "module_path", name)
    given = [key for key in keys if properties.get(key)]
    if len(given) != 1:
        raise InvalidArgumentError(
            f"Exactly one of {', '.join(keys)} must be given. "
            f"Got {' and '.join(given) if given else 'none of them'}.",
            hint='A function of another name in a file is module_file="path.py:function".',
        )
    key = given[0]
    value = properties[key]
    if not isinstance(value, (str, Path)):
        raise InvalidArgumentError(f"{key} must be a string. Got {value!r} instead.")
    if key in keys[:2] and (wheel := split_wheel(_split_function(str(value), name)[0])):
        function = _split_function(str(value), name)[1]
        return FunctionSource("wheel", wheel[0], function, wheel[1])
    if key == "module_file":
        return FunctionSource("file", *_split_function(str(value), name))
    if key == "module_path":
        return FunctionSource("module", *_split_function(str(value), name))
    location, _, function = str(value).replace(":", ".").rpartition(".")
    if not location or not function.isidentifier():
        raise InvalidArgumentError(
            f"{name} must be a dotted name such as 'package.module.{name}'. Got {value!r} instead.",
            hint='A function in a file is module_file="path.py:function".',
        )
    return FunctionSource("module", location, function)


def _split_function(value: str, default: str) -> tuple[str, str]:
    """``path.py:function`` or ``path.py`` -> (path.py, function)."""
    location, colon, function = value.rpartition(":")
    if colon and function.isidentifier() and not Path(value).exists():
        return location, function
    return value, default


@contextlib.contextmanager
def loaded_function(source: FunctionSource) -> Iterator[Callable[..., Any]]:
    """The user's function, with its module's siblings importable while the block runs.

    Raises:
        UserModuleError: the file or module is absent, fails to import, or has no such function.
            An exception of the user's code is its cause.
    """
    if source.kind == "module":
        yield _pick(_import_by_name(source), source)
        return
    check_source(source)
    if source.kind == "wheel":
        with siblings_importable(_unpacked(source)):
            yield _pick(_import_from_wheel(source), source)
        return
    path = Path(source.location).expanduser().absolute()
    root, package = package_of(path)
    with contextlib.ExitStack() as stack:
        for folder in dict.fromkeys((root, path.parent)):
            stack.enter_context(siblings_importable(folder))
        # Named as a part of its package, so that relative imports find that.
        name = ".".join(filter(None, (package, f"_user_module_{next(_numbers)}_{path.stem}")))
        try:
            yield _pick(_execute(path, name, source), source)
        finally:
            sys.modules.pop(name, None)


def check_source(source: FunctionSource) -> None:
    """Checks without running it, and so in no time, that a module file has the function.

    Raises:
        UserModuleError: the file is absent, is no Python, or has no such function.
    """
    if source.kind == "module":
        return
    if source.kind == "wheel":
        path = _file_in_wheel(source)
    else:
        path = Path(source.location).expanduser().absolute()
    if not path.is_file():
        problem = "is a directory" if path.is_dir() else "does not exist"
        raise UserModuleError(
            f"Module file {source.location} {problem}; {source.function} was to be loaded from it."
        )
    try:
        names = bound_names(path)
    except (SyntaxError, OSError) as error:
        raise _import_failure(error, str(path), source.folder, source) from error
    if source.function not in names and not names.may_bind(source.function):
        raise _no_function(source, names.functions)


def _unpacked(source: FunctionSource) -> Path:
    if source.unpacked is None:
        raise UserModuleError(
            f"The wheel {source.wheel} is not unpacked.",
            hint="Load it through an executor, or unpack it with local_source().",
        )
    return source.unpacked


def _file_in_wheel(source: FunctionSource) -> Path:
    """The file of a module in an unpacked wheel."""
    root = _unpacked(source)
    path = module_file_below(root, source.location)
    if path is None:
        known = sorted(
            ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
            for file in root.rglob("*.py")
        )
        raise UserModuleError(
            f"There is no module {source.location} in the wheel {source.wheel}; "
            f"{source.function} was to be loaded from it.",
            hint=did_you_mean(source.location, known),
        )
    return path


def _import_from_wheel(source: FunctionSource) -> ModuleType:
    """Imports a module of an unpacked wheel, whose directory leads ``sys.path``."""
    path = _file_in_wheel(source)
    try:
        module = importlib.import_module(source.location)
    except (Exception, SystemExit) as error:
        raise _import_failure(error, str(path), source.unpacked, source) from error
    if Path(str(getattr(module, "__file__", ""))) != path:
        raise UserModuleError(
            f"The module {source.location} of the wheel {source.wheel} has the name of an "
            f"installed one: {getattr(module, '__file__', None) or 'a part of Python'}.",
            hint="Give it another name, and build the wheel again.",
        )
    return module


def _execute(path: Path, name: str, source: FunctionSource) -> ModuleType:
    """Runs a file as a module of this name."""
    spec = importlib.util.spec_from_file_location(name, path, loader=FreshLoader(name, str(path)))
    if spec is None or spec.loader is None:
        raise UserModuleError(f"Module file {path} is not Python source.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise _import_failure(error, str(path), path.parent, source) from error
    return module


def _import_by_name(source: FunctionSource) -> ModuleType:
    """Imports a module by name, anew if it or what it was imported with has changed since."""
    try:
        return import_current(source.location)
    except (Exception, SystemExit) as error:
        raise _import_failure(error, source.location, None, source) from error


def _import_failure(
    error: BaseException, where: str, folder: Path | None, source: FunctionSource
) -> UserModuleError:
    """The error for user code that raised while it was imported."""
    frame = user_frame(error, folder)
    line = f" (line {frame[1]} of {frame[0]})" if frame else ""
    absent = error.name if isinstance(error, ModuleNotFoundError) else None
    if source.kind == "module" and absent and f"{source.location}.".startswith(f"{absent}."):
        return UserModuleError(
            f"There is no module {source.location}; {source.function} was to be loaded from it.",
            hint="It must be importable: installed, or in a folder named by PYTHONPATH.",
        )
    return UserModuleError(
        f"Importing {where} for its function {source.function} failed{line}: {oneline(error)}"
        f"{_functions_clause(where)}",
        hint=hint_for(error),
    )


def _functions_clause(where: str) -> str:
    if not Path(where).is_file():
        return ""
    try:
        names = bound_names(where).functions
    except SyntaxError:
        return ""
    return f". Functions in the file: {', '.join(names)}" if names else ""


def _pick(module: ModuleType, source: FunctionSource) -> Callable[..., Any]:
    """The function of that name in a module."""
    function = getattr(module, source.function, None)
    if callable(function):
        return function  # type: ignore[no-any-return]
    if function is not None:
        raise UserModuleError(
            f"{source.function} in {_where(source)} must be a function. It is {function!r} instead."
        )
    own = [
        name
        for name, value in vars(module).items()
        if callable(value) and getattr(value, "__module__", None) == module.__name__
    ]
    raise _no_function(source, own)


def _where(source: FunctionSource) -> str:
    return f"module file {source.location}" if source.kind == "file" else source.where


def _no_function(source: FunctionSource, own: list[str]) -> UserModuleError:
    """The error for a function that is not there, with those that are."""
    listing = f"Its functions: {', '.join(own)}." if own else "It has no functions."
    near = (get_close_matches(source.function, own, n=1) or own)[:1]
    return UserModuleError(
        f"There is no function {source.function} in {_where(source)}. {listing}",
        hint=f'To use another one, give "{source.where}:{near[0]}".' if near else None,
    )
