"""Loops as they were before functions: ops between Enter and Exit, in a frame of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["in_old_loops", "users_of"]

_ENTERS = ("Enter", "RefEnter")
_EXITS = ("Exit", "RefExit")


def in_old_loops(operations: Iterable[Any]) -> set[str]:
    """The names of ops whose outputs only a loop of the old kind may use.

    Args:
        operations: all ops of a graph.
    """
    operations = list(operations)
    depths = {operation.name: 1 for operation in operations if operation.type in _ENTERS}
    if not depths:
        return set()
    users = users_of(operations)
    named = {operation.name: operation for operation in operations}
    waiting = list(depths)
    while waiting:
        name = waiting.pop()
        outside = depths[name] - (named[name].type in _EXITS)
        for user in users.get(name, ()):
            depth = outside + (named[user].type in _ENTERS)
            if depth > depths.get(user, 0):
                depths[user] = depth
                waiting.append(user)
    return {name for name, depth in depths.items() if depth > (named[name].type in _EXITS)}


def users_of(operations: Iterable[Any]) -> Mapping[str, list[str]]:
    """For each op, by name, those that read it or wait for it."""
    users: dict[str, list[str]] = {}
    for operation in operations:
        sources = {s.name for s in (*(t.op for t in operation.inputs), *operation.control_inputs)}
        for source in sources:
            users.setdefault(source, []).append(operation.name)
    return users
