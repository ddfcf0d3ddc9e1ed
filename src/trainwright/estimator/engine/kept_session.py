"""One session that evaluates checkpoint after checkpoint."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf

from trainwright.estimator.engine.checkpoints import explaining_restore
from trainwright.estimator.engine.graph import ModelGraph
from trainwright.estimator.engine.step_graph import all_operations
from trainwright.estimator.input_fn import IteratorInitializerHook

v1 = tf.compat.v1
# What holds a position or a state that nothing in the graph can set back.
_GO_ON = ("OneShotIterator", "Mutable", "Queue", "Reader", "Barrier", "Stage", "Unstage")
_DRAWS = ("Random", "TruncatedNormal", "Multinomial")


def starts_anew(model: ModelGraph, update: Any) -> bool:
    """Whether a second pass in the same session sees what it would see in a new one.

    Args:
        model: the evaluation graph.
        update: the op that takes a batch into the metrics.
    """
    hooks = model.model_input.hooks
    if not hooks or not all(isinstance(hook, IteratorInitializerHook) for hook in hooks):
        return False
    if model.graph.get_collection(v1.GraphKeys.QUEUE_RUNNERS):
        return False
    return not any(goes_on(operation) for operation in all_operations([update]))


def goes_on(operation: Any) -> bool:
    """Whether the op holds a state that nothing in the graph can set back."""
    kind = operation.type
    draws = any(word in kind for word in _DRAWS) and operation.op_def.is_stateful
    return kind.startswith(_GO_ON) or draws


class KeptSession:
    """A session that is made once and restored for each checkpoint.

    Args:
        model: the evaluation graph.
        creator: from a checkpoint's prefix, the SessionCreator of a session that restores it.
    """

    def __init__(self, model: ModelGraph, creator: Callable[[str], Any]):
        self._model = model
        self._creator = creator
        self._session: Any = None
        self._iterators = model.model_input.iterators

    @contextlib.contextmanager
    def restored(self, checkpoint: str) -> Iterator[Any]:
        """The session with a checkpoint's variables, local variables and input as at the start.

        After an error in the block the next one gets a new session.

        Raises:
            CheckpointError: the checkpoint does not fit the model, or is damaged.
        """
        try:
            yield self._restore(checkpoint)
        except BaseException:
            self.close()
            raise

    def has_read(self, batches: int) -> None:
        """The checkpoint was evaluated on so many batches."""
        for iterator in self._iterators:
            iterator.has_read(batches)

    def begin_next(self) -> None:
        """Has the next pass's input started beside whatever else is done until then."""
        if self._session is not None:
            for iterator in self._iterators:
                iterator.begin_early(self._session)

    def close(self) -> None:
        """Closes the session."""
        for iterator in self._iterators:
            iterator.leave()
        if self._session is not None:
            self._session.close()
            self._session = None

    def _restore(self, checkpoint: str) -> Any:
        scaffold = self._model.spec.scaffold
        with explaining_restore(checkpoint):
            if self._session is None:
                self._session = self._creator(checkpoint).create_session()
            else:
                scaffold.saver.restore(self._session, checkpoint)
                self._session.run(scaffold.local_init_op)
        for iterator in self._iterators:
            iterator.after_create_session(self._session, None)
        return self._session
