"""Starting the input beside what else a session begins with, or beside training steps before it.

To start an iterator, TensorFlow rewrites its datasets and prepares their functions, which takes
longer than to read some hundred batches. Nothing is read yet, so that it does not matter when that
is done, as long as nothing outside of TensorFlow takes part in it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Any

import tensorflow as tf

from trainwright.estimator.engine.step_graph import all_operations

__all__ = ["EarlyInput", "reads_nothing_yet"]

_STATEFUL = ("Dataset", "Iterator", "HashTable", "SeedGenerator", "MemoryCache")
"""Parts of the names of ops whose state is the input's own, or does not change."""
# They look at files or at Python when a dataset is made, or let others know of it.
_LOOKS = (
    *("PyFunc", "EagerPyFunc", "Generator", "MatchingFiles", "ReadFile", "Write", "Print"),
    *("DataService", "LoadDataset", "SaveDataset", "Snapshot", "Sql"),
)
_CACHE = "CacheDataset"


class EarlyInput:
    """Starts iterators in a thread of its own, where nobody could tell.

    Args:
        initializers: the ops that start them.
    """

    def __init__(self, initializers: Sequence[Any]):
        self._initializers = list(initializers)
        self._may: bool | None = None
        self._thread: threading.Thread | None = None
        self._started = False

    def begin(self, session: Any) -> None:
        """Starts them in a session, which nobody asks for input until :meth:`done` was called."""
        self.done()
        if self._may is False:
            return
        self._thread = threading.Thread(target=self._start, args=[session], name="start of input")
        self._thread.start()

    def done(self) -> bool:
        """Whether they stand at their beginning; if they are being started, waits for it."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        started, self._started = self._started, False
        return started

    def _start(self, session: Any) -> None:
        if self._may is None:
            self._may = reads_nothing_yet(session.graph, self._initializers)
        if not self._may:
            return
        try:
            session.run(self._initializers)
        except tf.errors.OpError:
            return  # It is started again when it is needed, and the error raised then.
        self._started = True


def reads_nothing_yet(graph: Any, initializers: Iterable[Any]) -> bool:
    """Whether to start iterators depends on nothing that changes, and nobody sees it.

    Args:
        graph: the graph.
        initializers: the ops that start them.
    """
    for operation in all_operations(initializers):
        kind = operation.type
        if operation.op_def.is_stateful and not any(word in kind for word in _STATEFUL):
            return False
        in_file = kind.startswith(_CACHE) and tf.get_static_value(operation.inputs[1]) != b""
        if in_file or kind.startswith(_LOOKS):
            return False
    inside = (node.op for each in graph.as_graph_def().library.function for node in each.node_def)
    return not any(kind.startswith((*_LOOKS, _CACHE)) for kind in inside)
