"""The graph beside a checkpoint, ``model.ckpt-{step}.meta``: made anew only where it changed."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

__all__ = ["WrittenGraph"]

gfile = tf.io.gfile


class WrittenGraph:
    """Remembers which file holds a graph as it is, so that the next one can be a copy of it.

    To describe a graph and to write it takes as long as some hundred training steps, and that of a
    training is the same at nearly all checkpoints.
    """

    def __init__(self) -> None:
        self._path: str | None = None
        self._bytes = 0
        self._graph: Any = None
        self._contents: tuple[Any, ...] = ()

    def remember(self, graph: Any, path: str) -> None:
        """The graph was written to this file just now."""
        self._path = path
        self._bytes = gfile.stat(path).length
        self._graph = graph
        self._contents = _contents(graph)

    def copied(self, graph: Any, path: str) -> bool:
        """Copies the file that holds the graph to this path.

        Returns:
            False where there is none: the graph has changed since, or the file has.
        """
        known = self._path
        if known is None or graph is not self._graph or not _same(self._contents, _contents(graph)):
            return False
        if not gfile.exists(known) or gfile.stat(known).length != self._bytes:
            return False
        if known != path:
            self._path = None
            gfile.copy(known, path, overwrite=True)
            self._path = path
        return True


def _contents(graph: Any) -> tuple[Any, ...]:
    """What changes with the graph's definition and its collections."""
    # Ops are only ever added; each one makes another version of the graph.
    keys = sorted(graph.get_all_collection_keys(), key=repr)
    members = [each for key in keys for each in (key, *graph.get_collection(key))]
    return (graph.version, members)


def _same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    # Tensors and variables are not compared by ``==``, which would make an op.
    return (
        one[0] == other[0]
        and len(one[1]) == len(other[1])
        and all(a is b for a, b in zip(one[1], other[1], strict=True))
    )
