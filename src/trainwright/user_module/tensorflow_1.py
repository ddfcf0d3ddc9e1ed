"""Reads a module file that was written for TensorFlow 1 as it was meant.

Its ``import tensorflow as tf`` becomes ``import tensorflow.compat.v1 as tf``, where the names of
TensorFlow 1 still are. Only a module that needs it is read so: one that uses names which
TensorFlow 2 has dropped, and none that TensorFlow 1 lacks.

This module imports TensorFlow only for source that imports it, too.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from typing import Any

from trainwright.notices import notify

__all__ = ["as_tensorflow_1", "tensorflow_1_hint"]

_NOT_JUDGED = ("compat", "contrib", "keras", "python")
"""Modules below TensorFlow that tell nothing: both have them, or neither."""

_INTERNAL_KERAS = "tensorflow.python.keras."

_METHODS = ("make_initializable_iterator", "make_one_shot_iterator")
"""What only the Datasets of TensorFlow 1 have."""

_SIGNS = re.compile(
    r"module 'tensorflow(?:\._api\.v2)?[\w.]*' has no attribute|"
    rf"has no attribute '(?:{'|'.join(_METHODS)})'"
)
_HINT = (
    "It may be written for TensorFlow 1: write import tensorflow.compat.v1 as tf, where its names "
    "still are."
)
_CONTRIB = (
    "tf.contrib ended with TensorFlow 1: use what has replaced the name, such as "
    "tf.estimator.BinaryClassHead for tf.contrib.estimator.binary_classification_head."
)
_INTERNAL = (
    "It is an internal module of an older TensorFlow: import what is needed from tensorflow.keras, "
    "or tf.estimator, instead."
)


def tensorflow_1_hint(error: BaseException) -> str | None:
    """What to do about an error of code written for TensorFlow 1; None of any other error.

    Example:
        >>> tensorflow_1_hint(AttributeError("module 'tensorflow' has no attribute 'contrib'"))[:43]
        'tf.contrib ended with TensorFlow 1: use wha'
        >>> tensorflow_1_hint(AttributeError("module 'tensorflow' has no attribute 'Session'"))[:43]
        'It may be written for TensorFlow 1: write i'
    """
    text = str(error)
    if isinstance(error, ModuleNotFoundError):
        if (error.name or "").startswith("tensorflow.contrib"):
            return _CONTRIB
        return _INTERNAL if (error.name or "").startswith("tensorflow.python") else None
    if not isinstance(error, AttributeError) or not _SIGNS.search(text):
        return None
    return _CONTRIB if text.endswith("'contrib'") else _HINT


def as_tensorflow_1(tree: ast.Module, path: str) -> bool:
    """Turns a module's imports of TensorFlow into those of its names of version 1, if it uses them.

    Args:
        tree: the module; changed in place.
        path: its file, for the notice that says what was done.

    Returns:
        Whether it was changed.
    """
    imports = [alias for alias in _imports(tree) if alias.name == "tensorflow" and alias.asname]
    if not imports or _is_for_version_2(tree):
        return False
    names = {str(alias.asname) for alias in imports}
    sign = _sign(tree, names)
    if sign is None:
        return False
    for alias in imports:
        alias.name = "tensorflow.compat.v1"
    _take_public_keras(tree)
    notify(
        f"{path} is written for TensorFlow 1: it uses {sign}. Its import of tensorflow is read as "
        "import tensorflow.compat.v1."
    )
    return True


def _imports(tree: ast.Module) -> Iterator[ast.alias]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from node.names


def _take_public_keras(tree: ast.Module) -> None:
    """Imports of TensorFlow 1's internal Keras become those of ``tensorflow.keras``.

    They were the same classes once. What is left of the internal one does not go with it.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith(_INTERNAL_KERAS):
            below = f"{node.module}.".removeprefix(_INTERNAL_KERAS)
            node.module = f"tensorflow.keras.{below}".rstrip(".")


def _is_for_version_2(tree: ast.Module) -> bool:
    """Whether it has a run_fn: TFX calls that with TensorFlow 2 only, but for Estimators."""
    return any(isinstance(node, ast.FunctionDef) and node.name == "run_fn" for node in tree.body)


def _sign(tree: ast.Module, names: set[str]) -> str | None:
    """A name that only version 1 has, with its line; None if there is none, or one of version 2."""
    found = sorted(_uses(tree, names))
    if not found:
        return None
    try:
        second = importlib.import_module("tensorflow")
        first = importlib.import_module("tensorflow.compat.v1")
    except ImportError:  # the module itself will say so
        return None
    sign = None
    for line, chain in found:
        if chain[0] in _METHODS:
            in_1, in_2 = True, False
        else:
            in_1, in_2 = _has(first, chain), _has(second, chain)
        if in_2 and not in_1:
            return None
        if in_1 and not in_2 and sign is None:
            shown = chain[0] if chain[0] in _METHODS else ".".join(("tf", *chain))
            sign = f"{shown} in line {line}"
    return sign


def _uses(tree: ast.Module, names: set[str]) -> set[tuple[int, tuple[str, ...]]]:
    """Line and dotted name, without the first part, of all that is asked of TensorFlow."""
    uses = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute):
            continue
        root, chain = _chain(node)
        if isinstance(root, ast.Name) and root.id in names:
            if chain[0] not in _NOT_JUDGED:
                uses.add((node.lineno, chain))
        elif node.attr in _METHODS:
            uses.add((node.lineno, (node.attr,)))
    return uses


def _chain(node: ast.Attribute) -> tuple[ast.expr, tuple[str, ...]]:
    """``tf.train.Saver`` -> the node of tf, and ("train", "Saver")."""
    parts = []
    value: ast.expr = node
    while isinstance(value, ast.Attribute):
        parts.append(value.attr)
        value = value.value
    return value, tuple(reversed(parts))


def _has(module: Any, chain: tuple[str, ...]) -> bool:
    """Whether a name is there; what a class or function has is not looked into."""
    value = module
    for part in chain:
        if type(value).__name__ in ("type", "ABCMeta", "function"):
            return True
        if not hasattr(value, part):
            return False
        value = getattr(value, part)
    return True
