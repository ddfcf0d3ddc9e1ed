"""Errors of ops inside the in-graph loop, told of the ops that the user made."""

from __future__ import annotations

import contextlib
import re
import traceback
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

COPIES = "numbered"
"""Where copies stand that read the step's number."""
# Where a copy of the op "a/b" stands: ".../step/a/b", ".../observed/a/b", "numbered/a/b".
_NODE = re.compile(r"\{\{(?:function_)?node ([^}]*)\}\}")
_COPY = re.compile(rf"(?:^|/)(?:step|observed|{COPIES})/(.+)$")


@contextlib.contextmanager
def naming_the_op(graph: Any) -> Iterator[None]:
    """Errors that come from a copy of an op name the op itself, and where it was made.

    Args:
        graph: the graph that the ops were copied from.

    Raises:
        tf.errors.OpError: of the same class as the original.
    """
    try:
        yield
    except tf.errors.OutOfRangeError:
        raise
    except tf.errors.OpError as error:
        operation = _original(graph, error.message)
        if operation is None:
            raise
        message = _NODE.sub(lambda match: _short(graph, match), error.message)
        made = "".join(traceback.format_list(operation.traceback))
        raise type(error)(
            operation.node_def,
            operation,
            f"{message}\n\nThe op {operation.name!r} ({operation.type}) was made here:\n{made}",
        ) from error


def _original(graph: Any, message: str) -> Any:
    for match in _NODE.finditer(message):
        operation = _find(graph, match.group(1))
        if operation is not None:
            return operation
    return None


def _short(graph: Any, match: re.Match[str]) -> str:
    operation = _find(graph, match.group(1))
    return match.group(0) if operation is None else f"{{{{node {operation.name}}}}}"


def _find(graph: Any, path: str) -> Any:
    """The op whose copy has this name; None where it is none's."""
    copy = _COPY.search(path)
    while copy is not None:
        name = copy.group(1).removeprefix(f"{COPIES}/")
        with contextlib.suppress(KeyError, ValueError):
            return graph.get_operation_by_name(name)
        copy = _COPY.search(copy.group(1))
    return None
