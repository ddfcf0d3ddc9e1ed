"""Reading the user's source without running it, and finding it in tracebacks.

This module does not import TensorFlow.
"""

from __future__ import annotations

import ast
import re
import sysconfig
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

__all__ = [
    "BoundNames",
    "bound_names",
    "is_installed",
    "is_users_code",
    "is_users_file",
    "module_file_below",
    "oneline",
    "package_of",
    "user_frame",
]


@dataclass
class BoundNames:
    """What a module file binds at its top level.

    Attributes:
        functions: names of the functions it defines, in order.
        others: names it imports or assigns.
        star: whether it imports ``*`` from somewhere.
        text: its source.
    """

    functions: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    star: bool = False
    text: str = ""

    def __contains__(self, name: str) -> bool:
        return name in self.functions or name in self.others

    def may_bind(self, name: str) -> bool:
        """Whether the file may bind a name in a way that only running it can tell."""
        return self.star or name in self.text


def bound_names(path: str | Path) -> BoundNames:
    """Names that a module file binds at its top level, found by parsing it.

    Raises:
        SyntaxError: the file is not Python.
        OSError: the file cannot be read.
    """
    source = Path(path).read_bytes()
    names = BoundNames(text=source.decode(errors="replace"))
    try:
        tree = ast.parse(source, filename=str(path))
    except ValueError as error:  # a null byte, where Python is older than 3.12
        raise SyntaxError(str(error)) from error
    for node in _top_level(tree.body):
        if isinstance(node, ast.FunctionDef):
            names.functions.append(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            imported = [(a.asname or a.name).partition(".")[0] for a in node.names]
            names.star |= "*" in imported
            names.others += imported
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names.others += [t.id for t in targets if isinstance(t, ast.Name)]
    return names


def _top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that run when the module is imported, those in if, try and with included."""
    for node in body:
        yield node
        if isinstance(node, (ast.If, ast.Try, ast.With)):
            for part in ("body", "orelse", "finalbody"):
                yield from _top_level(getattr(node, part, []))
            for handler in getattr(node, "handlers", []):
                yield from _top_level(handler.body)


def module_file_below(folder: Path, module: str) -> Path | None:
    """The file of a module or package by its dotted name below a folder, None without one."""
    base = folder.joinpath(*module.split("."))
    for candidate in (base / "__init__.py", base.with_name(f"{base.name}.py")):
        if candidate.is_file():
            return candidate
    return None


def package_of(path: Path) -> tuple[Path, str]:
    """The folder from which a file's package is imported, and the package's dotted name.

    Args:
        path: a module's file; absolute.

    Returns:
        The file's own folder and an empty name, if that is no package of the user's.
    """
    folder, parts = path.parent, []
    while (folder / "__init__.py").is_file() and folder.name.isidentifier():
        parts.append(folder.name)
        folder = folder.parent
    if is_installed(folder):
        return path.parent, ""
    return folder, ".".join(reversed(parts))


@cache
def _python_roots() -> tuple[Path, ...]:
    """Where Python and installed packages are, and this package, which counts as installed."""
    paths = sysconfig.get_paths()
    kinds = ("stdlib", "platstdlib", "purelib", "platlib")
    return (*{Path(paths[kind]) for kind in kinds if kind in paths}, Path(__file__).parents[1])


def is_installed(path: Path) -> bool:
    """Whether a path belongs to Python or an installed package, rather than to the user."""
    return bool({"site-packages", "dist-packages"} & set(path.parts)) or any(
        path.is_relative_to(root) for root in _python_roots()
    )


def is_users_file(path: Path, folder: Path) -> bool:
    """Whether a path belongs to the user's code in a folder.

    That is all below it, except a Python or an environment that lies below it too. The folder
    itself may be in an installed package.
    """
    if not path.is_relative_to(folder):
        return False
    if {"site-packages", "dist-packages"} & set(path.relative_to(folder).parts):
        return False
    roots = [root for root in _python_roots() if root.is_relative_to(folder) and root != folder]
    return not any(path.is_relative_to(root) for root in roots)


def is_users_code(path: Path, folder: Path | None) -> bool:
    """As :func:`is_users_file`; without a folder, whether it is a file of the user's anywhere."""
    if folder is not None:
        return is_users_file(path, folder)
    return path.is_file() and not is_installed(path)


def user_frame(error: BaseException, folder: Path | None) -> tuple[str, int] | None:
    """File and line of the user's code that was running when an exception was raised.

    Args:
        error: the exception.
        folder: where the user's code is; None: anywhere but in installed packages.

    Returns:
        The deepest such place; None where no code of the user took part.
    """
    if isinstance(error, SyntaxError) and error.lineno and Path(str(error.filename)).is_file():
        return str(error.filename), error.lineno
    place = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        path = Path(frame.f_code.co_filename)
        if is_users_code(path, folder):
            place = (str(path), line)
    return place


_PREAMBLE = re.compile(
    r"Graph execution error:|Detected at node |<stack traces unavailable>|File \"|Node: |"
    r"\d+ root error"
)
_IN_DATASET = re.compile(
    r"Error in user-defined function passed to \S+ transformation with iterator: \S+: "
)


def oneline(error: BaseException) -> str:
    r"""Type and first telling line of an exception.

    Example:
        >>> oneline(ValueError("no such column\nand more"))
        'ValueError: no such column'
    """
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if lines and lines[0] == "in user code:":  # AutoGraph puts a traceback before the message
        return lines[-1]
    telling = [line for line in lines if not _PREAMBLE.match(line)]
    if not telling:
        return type(error).__name__
    return f"{type(error).__name__}: {_IN_DATASET.sub('', telling[0])}"
