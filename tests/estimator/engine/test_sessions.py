from __future__ import annotations

import gc
import threading
import weakref
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from trainwright import aside
from trainwright.estimator.engine.sessions import BeginsSessions, ClosesAside

v1 = tf.compat.v1
_Session: Any = v1.Session
_SessionCreator: Any = v1.train.SessionCreator


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What sessions have been asked for."""
    fetched: list[Any] = []
    run = v1.Session.run

    def noted(self: Any, fetches: Any, *arguments: Any, **options: Any) -> Any:
        fetched.append(fetches)
        return run(self, fetches, *arguments, **options)

    monkeypatch.setattr(v1.Session, "run", noted)
    return fetched


def test_initializers_are_run_and_nothing_else(runs: list[Any]) -> None:
    with tf.Graph().as_default() as graph:
        variable = v1.get_variable("v", initializer=3.0)
        scaffold = v1.train.Scaffold()
        with BeginsSessions(scaffold).create_session() as session:
            assert runs == [scaffold.init_op]
            assert session.run(variable) == 3.0
        # The graph is what ChiefSessionCreator makes of it, but for ops that ask each variable.
        names = {operation.name for operation in graph.get_operations()}
        assert scaffold.ready_op.op.type == "Const"
        assert scaffold.ready_for_local_init_op is scaffold.ready_op
        names.remove(scaffold.ready_op.op.name)
    with tf.Graph().as_default() as graph:
        v1.get_variable("v", initializer=3.0)
        v1.train.ChiefSessionCreator(v1.train.Scaffold()).create_session().close()
        assert names <= {operation.name for operation in graph.get_operations()}


def test_a_second_session_begins_alike(runs: list[Any]) -> None:
    with tf.Graph().as_default():
        v1.get_variable("v", initializer=3.0)
        scaffold = v1.train.Scaffold()
        creator = BeginsSessions(scaffold)
        creator.create_session().close()
        creator.create_session().close()
    assert runs == [scaffold.init_op] * 2


def test_local_variables_and_tables_are_initialized(runs: list[Any]) -> None:
    with tf.Graph().as_default():
        first = v1.get_variable("v", initializer=3.0)
        # Its initializer reads the other one.
        local = v1.Variable(first.read_value() + 1, collections=[v1.GraphKeys.LOCAL_VARIABLES])
        table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(["a"], [7]), 0)
        found = table.lookup(tf.constant("a"))
        scaffold = v1.train.Scaffold()
        with BeginsSessions(scaffold).create_session() as session:
            assert runs == [scaffold.init_op, scaffold.local_init_op]
            assert session.run([local, found]) == [4.0, 7]


def test_variables_are_restored(tmp_path: Path, runs: list[Any]) -> None:
    with tf.Graph().as_default():
        v1.get_variable("v", initializer=3.0)
        with v1.Session() as session:
            session.run(v1.global_variables_initializer())
            saved = v1.train.Saver().save(session, str(tmp_path / "model.ckpt"), global_step=1)
    wheres: list[dict[str, Any]] = [{"checkpoint": saved}, {"checkpoint_dir": str(tmp_path)}]
    for where in wheres:
        with tf.Graph().as_default():
            variable = v1.get_variable("v", initializer=0.0)
            scaffold = v1.train.Scaffold()
            runs.clear()
            with BeginsSessions(scaffold, **where).create_session() as session:
                assert runs == [scaffold.saver.saver_def.restore_op_name]
                assert session.run(variable) == 3.0


@pytest.mark.parametrize("given", ["init_op", "saver", "ready_op", "collection", "init_fn"])
def test_what_the_user_gives_is_asked_whether_all_is_ready(given: str, tmp_path: Path) -> None:
    with tf.Graph().as_default():
        some, _ = v1.get_variable("some", initializer=1.0), v1.get_variable("none", initializer=1.0)
        where: dict[str, Any] = {}
        options: dict[str, Any] = {}
        if given == "init_op":
            options["init_op"] = some.initializer
        elif given == "ready_op":
            options["ready_op"] = tf.constant(["none"])
        elif given == "collection":
            v1.add_to_collection(v1.GraphKeys.INIT_OP, some.initializer)
        elif given == "init_fn":
            options["init_op"] = tf.no_op()
            options["init_fn"] = lambda scaffold, session: session.run(some.initializer)
        else:
            options["saver"] = v1.train.Saver([some])
            with v1.Session() as session:
                session.run(some.initializer)
                prefix = str(tmp_path / "model.ckpt")
                where["checkpoint"] = options["saver"].save(session, prefix)
        creator = BeginsSessions(v1.train.Scaffold(**options), **where)
        with pytest.raises(RuntimeError, match="none"):
            creator.create_session()


class _Slow(_Session):
    """Takes its time to close."""

    may_close = threading.Event()
    closed = threading.Event()

    def close(self) -> None:
        self.may_close.wait()
        super().close()
        self.closed.set()


class _Creator(_SessionCreator):
    def create_session(self) -> Any:
        return _Slow()


@pytest.mark.parametrize("python", [False, True])
def test_closing_is_waited_for_only_where_it_can_be_seen(
    python: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Slow, "may_close", threading.Event())
    monkeypatch.setattr(_Slow, "closed", threading.Event())
    with tf.Graph().as_default():
        data = tf.data.Dataset.range(3)
        if python:
            data = data.map(lambda number: tf.numpy_function(lambda n: n, [number], tf.int64))
        v1.data.make_initializable_iterator(data)
        session = v1.train.MonitoredSession(ClosesAside(_Creator()))
        if python:
            threading.Timer(0.2, _Slow.may_close.set).start()
        session.close()
        assert _Slow.closed.is_set() == python
        _Slow.may_close.set()
        for work in aside._all_work:
            work.wait()
    assert _Slow.closed.is_set()


def test_sessions_that_nobody_has_any_more_are_just_freed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python may free them anywhere, also where no thread can be started."""
    monkeypatch.setattr("trainwright.estimator.engine.sessions.do_aside", pytest.fail)
    with tf.Graph().as_default():
        session = ClosesAside(BeginsSessions(v1.train.Scaffold())).create_session()
        freed = weakref.ref(session)
        del session
        gc.collect()
    assert freed() is None


def test_a_closed_session_is_closed_for_good() -> None:
    with tf.Graph().as_default():
        session = ClosesAside(BeginsSessions(v1.train.Scaffold())).create_session()
        session.close()
        begun = list(aside._all_work)
        session.close()
    assert aside._all_work == begun
    with pytest.raises(RuntimeError, match="closed"):
        session.run([])


class _Iterator:
    """Notes when it is to be started."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def begin_early(self, session: Any) -> None:
        assert session is not None
        self.calls.append("begin")

    def leave(self) -> None:
        self.calls.append("leave")


def test_iterators_begin_beside_the_initializers() -> None:
    iterator = _Iterator()
    with tf.Graph().as_default():
        v1.get_variable("v", initializer=3.0)
        BeginsSessions(v1.train.Scaffold(), iterators=[iterator]).create_session().close()
    assert iterator.calls == ["begin"]


def test_iterators_are_left_where_a_session_cannot_begin(tmp_path: Path) -> None:
    iterator = _Iterator()
    with tf.Graph().as_default():
        v1.get_variable("v", initializer=3.0)
        creator = BeginsSessions(
            v1.train.Scaffold(), checkpoint=str(tmp_path / "none"), iterators=[iterator]
        )
        with pytest.raises(ValueError, match="none"):
            creator.create_session()
    assert iterator.calls == ["begin", "leave"]


def test_init_fn_is_called_once_variables_are_initialized() -> None:
    seen = []
    with tf.Graph().as_default():
        variable = v1.get_variable("v", initializer=3.0)
        scaffold = v1.train.Scaffold(init_fn=lambda _, session: seen.append(session.run(variable)))
        BeginsSessions(scaffold).create_session().close()
    assert seen == [3.0]
