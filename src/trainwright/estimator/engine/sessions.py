"""How the session of a graph begins and ends, without runs and waits that change nothing."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from trainwright.aside import do_aside
from trainwright.estimator.engine.committing_saver import CommittingSaver
from trainwright.estimator.engine.seen_outside import seen_outside
from trainwright.estimator.engine.step_graph import all_operations

__all__ = ["BeginsSessions", "ClosesAside"]

v1 = tf.compat.v1
_SessionCreator: Any = v1.train.SessionCreator
_KEYS = v1.GraphKeys
_SECONDS_TO_CLOSE = 0.05
"""Closing takes less, where it does not wait."""


class BeginsSessions(_SessionCreator):
    """Makes sessions as ``tf.compat.v1.train.ChiefSessionCreator`` does, in fewer runs.

    Each set of tensors that a session runs for the first time costs TensorFlow a look at the whole
    graph. Where the initializers are those that a Scaffold makes, they leave no variable
    uninitialized: nobody has to ask. And where there are neither local variables nor tables,
    initializing them does nothing.

    Args:
        scaffold: the graph's Scaffold.
        master: as for ChiefSessionCreator.
        config: its ConfigProto, or None.
        checkpoint_dir: where to look for a checkpoint to restore.
        checkpoint: the prefix of the checkpoint to restore, instead.
        iterators: hooks that start iterators; they may do so beside all that.
    """

    def __init__(
        self,
        scaffold: Any,
        master: str = "",
        config: Any = None,
        checkpoint_dir: str | None = None,
        checkpoint: str | None = None,
        iterators: Sequence[Any] = (),
    ):
        self._scaffold = scaffold
        self._master = master
        self._config = config
        self._directory = checkpoint_dir
        self._checkpoint = checkpoint
        self._iterators = list(iterators)
        self._initializes_all: bool | None = None

    def create_session(self) -> Any:
        """The session, with all variables, tables and local variables initialized."""
        if self._initializes_all is None:
            self._initializes_all = not self._master and _initializes_all(self._scaffold)
        if not self._initializes_all:
            self._scaffold.finalize()
            return self._asking_whether_all_is_ready()
        _ask_no_variable()
        self._scaffold.finalize()
        session = v1.Session(graph=v1.get_default_graph(), config=self._config)
        for iterator in self._iterators:
            iterator.begin_early(session)
        try:
            self._initialize(session)
        except BaseException:
            for iterator in self._iterators:
                iterator.leave()
            session.close()
            raise
        return session

    def _initialize(self, session: Any) -> None:
        scaffold = self._scaffold
        if not self._restores(session):
            session.run(scaffold.init_op, scaffold.init_feed_dict)
            if scaffold.init_fn is not None:
                scaffold.init_fn(session)
        if not _does_nothing(scaffold.local_init_op):
            session.run(scaffold.local_init_op, scaffold.local_init_feed_dict)

    def _restores(self, session: Any) -> bool:
        """Whether there is a checkpoint; if so, the variables have its values."""
        saver, folder = self._scaffold.saver, self._directory
        if self._checkpoint:
            saver.restore(session, self._checkpoint)
            return True
        known = None if folder is None else tf.train.get_checkpoint_state(folder)
        if known is None or not known.model_checkpoint_path:
            return False
        saver.restore(session, known.model_checkpoint_path)
        saver.recover_last_checkpoints(known.all_model_checkpoint_paths)
        return True

    def _asking_whether_all_is_ready(self) -> Any:
        scaffold = self._scaffold
        manager = v1.train.SessionManager(
            ready_op=scaffold.ready_op,
            ready_for_local_init_op=scaffold.ready_for_local_init_op,
            local_init_op=scaffold.local_init_op,
            local_init_feed_dict=scaffold.local_init_feed_dict,
            graph=v1.get_default_graph(),
        )
        return manager.prepare_session(
            self._master,
            saver=scaffold.saver,
            checkpoint_dir=self._directory,
            checkpoint_filename_with_path=self._checkpoint,
            config=self._config,
            init_op=scaffold.init_op,
            init_feed_dict=scaffold.init_feed_dict,
            init_fn=scaffold.init_fn,
        )


class ClosesAside(_SessionCreator):
    """Makes sessions whose close does not wait for what nobody needs.

    A thread of tf.data's, which tunes the input while it is read, sleeps for longer and longer
    between two looks at it. A session that is closed wakes it up, and waits for its end; but often
    the thread sees no reason yet to end, and goes to sleep again.

    Args:
        creator: makes sessions.
    """

    def __init__(self, creator: Any):
        self._creator = creator

    def create_session(self) -> Any:
        """The session."""
        session = self._creator.create_session()
        kind, itself = type(session), weakref.ref(session)
        session.close = lambda: _close(kind, itself())
        return session


def _close(kind: Any, session: Any) -> None:
    """Closes a session. Where its end can be seen, it has ended then."""
    if session is None:
        return  # Nobody has it any more, and its end is a close as well.
    del session.close
    do_aside(
        functools.partial(kind.close, session),
        "closing a session",
        wait=_SECONDS_TO_CLOSE,
        may_go_on=lambda: seen_outside(session.graph.as_graph_def()) is None,
    )


def _initializes_all(scaffold: Any) -> bool:
    """Whether a Scaffold, not finalized yet, will initialize or restore all variables there are."""
    given = (
        scaffold.init_op,
        scaffold.ready_op,
        scaffold.local_init_op,
        scaffold.ready_for_local_init_op,
        scaffold.saver,
    )
    taken = (
        _KEYS.INIT_OP,
        _KEYS.READY_OP,
        _KEYS.LOCAL_INIT_OP,
        _KEYS.READY_FOR_LOCAL_INIT_OP,
        _KEYS.RESOURCES,
        _KEYS.LOCAL_RESOURCES,
    )
    return (
        all(each is None for each in given)
        and not any(map(v1.get_collection, taken))
        and all(isinstance(saver, CommittingSaver) for saver in v1.get_collection(_KEYS.SAVERS))
    )


def _ask_no_variable() -> None:
    """Has a Scaffold make no ops that ask each variable whether it is initialized.

    It takes the ones that lie in the graph's collections.
    """
    graph = v1.get_default_graph()
    if graph.finalized:
        return
    nothing = tf.constant([], tf.string, name="report_uninitialized_variables")
    for key in (_KEYS.READY_OP, _KEYS.READY_FOR_LOCAL_INIT_OP):
        graph.add_to_collection(key, nothing)


def _does_nothing(operation: Any) -> bool:
    return all(each.type == "NoOp" for each in all_operations([operation]))
