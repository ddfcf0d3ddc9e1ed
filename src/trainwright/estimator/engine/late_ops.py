"""Adding ops to a graph whose session runs already."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

__all__ = ["adding_ops"]


@contextlib.contextmanager
def adding_ops(graph: Any) -> Iterator[None]:
    """In the block the graph is the default one and takes ops, also where it had been finalized.

    A monitored session finalizes its graph, so that programs do not add ops at every step without
    knowing it. What is added here is added once; sessions take it in when they run next.

    Args:
        graph: a ``tf.Graph``.

    Raises:
        NotImplementedError: the graph is final, and this TensorFlow cannot take that back.
    """
    was_final = graph.finalized
    if was_final:
        # The only use of a name that TensorFlow keeps to itself; whoever calls this can do without.
        take_back = getattr(graph, "_unsafe_unfinalize", None)
        if take_back is None:
            raise NotImplementedError("this TensorFlow adds no ops to a graph that is in use")
        take_back()
    try:
        with graph.as_default():
            yield
    finally:
        if was_final:
            graph.finalize()
