from __future__ import annotations

import builtins
import subprocess
import sys
import threading
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection

from trainwright.errors import LineageError
from trainwright.events import RunObserver, observing
from trainwright.lineage import (
    ArtifactRecord,
    LineageStore,
    RunContexts,
    TypeSpec,
    count_runs,
    find_run,
    list_runs,
)

BEGIN = (TypeSpec("Trainer", "mlmd.Train"), RunContexts("taxi", "run-1", "Trainer"), {}, {})


PIDS = {"postgresql": "SELECT pg_backend_pid()", "mariadb": "SELECT CONNECTION_ID()"}
KILLS = {"postgresql": "SELECT pg_terminate_backend({})", "mariadb": "KILL {}"}


def execute(url: str, *statements: str) -> list[tuple[object, ...]]:
    engine = create_engine(url)
    with engine.begin() as connection:
        results = [connection.exec_driver_sql(statement) for statement in statements]
        rows = results[-1].all() if results[-1].returns_rows else []
    engine.dispose()
    return [tuple(row) for row in rows]


def tables(url: str) -> int:
    schema = "current_schema()" if url.startswith("postgresql") else "DATABASE()"
    query = f"SELECT count(*) FROM information_schema.tables WHERE table_schema = {schema}"
    ((count,),) = execute(url, query)
    assert isinstance(count, int)
    return count


def run_many(script: str, *arguments: Sequence[str]) -> None:
    """Runs Python programs at once; none of them may say anything."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, *each],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for each in arguments
    ]
    assert [process.communicate()[0] for process in processes] == [""] * len(processes)


def test_eight_processes_create_everything_at_once(server) -> None:
    script = (
        "import sys\n"
        "from trainwright.lineage import ArtifactRecord, LineageStore, RunContexts, TypeSpec\n"
        "store = LineageStore.open(sys.argv[1])\n"
        "contexts = RunContexts('taxi', 'run-1', 'Trainer')\n"
        "inputs = {'examples': [ArtifactRecord(TypeSpec('Examples', 'mlmd.Dataset'), '/data')]}\n"
        "run = store.begin_execution(TypeSpec('Trainer', 'mlmd.Train'), contexts, inputs, {})\n"
        "store.complete_execution(run, {'model': [ArtifactRecord(TypeSpec('M'), f'/{run}')]}, {})\n"
    )
    url = server.new_database()
    run_many(script, *[[url]] * 8)
    for query, count in {
        "SELECT name FROM Type WHERE id > 9": 6,
        "SELECT name FROM Context": 3,
        "SELECT uri FROM Artifact WHERE uri = '/data'": 1,
        "SELECT id FROM Execution WHERE last_known_state = 3": 8,
        "SELECT context_id FROM ParentContext": 1,
        "SELECT schema_version FROM MLMDEnv": 1,
    }.items():
        assert len(execute(url, query)) == count, query


def test_another_version_is_refused_and_left_as_it_is(server) -> None:
    url = server.new_database()
    LineageStore.open(url)
    execute(url, "UPDATE MLMDEnv SET schema_version = 9")
    for read_only in (False, True):
        with pytest.raises(LineageError, match="holds schema version 9"):
            LineageStore.open(url, read_only=read_only)
    assert execute(url, "SELECT schema_version FROM MLMDEnv") == [(9,)]


def test_a_database_of_another_application_is_refused_and_left_as_it_is(server) -> None:
    url = server.new_database()
    execute(url, "CREATE TABLE orders (id INTEGER)")
    for read_only in (False, True):
        with pytest.raises(LineageError, match="holds other tables"):
            LineageStore.open(url, read_only=read_only)
    assert tables(url) == 1


def test_reading_creates_nothing_and_cannot_write(server) -> None:
    url = server.new_database()
    with pytest.raises(LineageError, match="is empty"):
        LineageStore.open(url, read_only=True)
    assert tables(url) == 0
    LineageStore.open(url)
    store = LineageStore.open(url, read_only=True)
    with pytest.raises(LineageError, match=r"(?i)read.only"):
        store.begin_execution(*BEGIN)


def test_tables_that_were_left_half_made_are_completed(mariadb_server) -> None:
    url = mariadb_server.new_database()
    LineageStore.open(url)
    execute(url, "DROP TABLE MLMDEnv, Event, Artifact", "DELETE FROM Type")
    assert count_runs(LineageStore.open(url)) == 0
    assert execute(url, "SELECT min(id), count(*) FROM Type") != [(None, 0)]


class Warned(RunObserver):
    def __init__(self) -> None:
        self.first = threading.Event()
        self.messages: list[str] = []

    def on_warning(self, message: str) -> None:
        self.messages.append(message)
        self.first.set()


def test_a_server_that_goes_away_is_waited_for(server) -> None:
    store = LineageStore.open(server.new_database())
    warned, runs = Warned(), []

    def record() -> None:
        with observing(warned):
            runs.append(store.begin_execution(*BEGIN))

    server.stop()
    try:
        writer = threading.Thread(target=record)
        writer.start()
        assert warned.first.wait(60)
    finally:
        server.start()
    writer.join(60)
    assert runs == [1]
    assert len(warned.messages) == 1
    assert warned.messages[0].endswith("does not answer: waiting for it, up to 90 s.")
    assert [run.id for run in list_runs(store)] == [1]


def test_a_server_that_stays_away_is_an_error(server, monkeypatch: pytest.MonkeyPatch) -> None:
    store = LineageStore.open(server.new_database())
    monkeypatch.setattr("trainwright.lineage.waiting.PATIENCE_SECONDS", 0.01)
    server.stop()
    try:
        for act in (lambda: store.begin_execution(*BEGIN), lambda: find_run(store, "latest")):
            with pytest.raises(LineageError, match=r"(?i)connect") as caught:
                act()
            assert caught.value.message.startswith(store.location.name)
            assert caught.value.hint == "Is the server running, and the port right?"
    finally:
        server.start()


def test_a_transaction_that_is_broken_off_is_done_again(server) -> None:
    store = LineageStore.open(server.new_database())
    broken = []

    def break_off(connection: Connection, cursor: object, statement: str, *_: object) -> None:
        if not broken and "INSERT INTO EventPath" in statement:
            broken.append(statement)
            store_pid = connection.exec_driver_sql(PIDS[server.kind]).scalar_one()
            server.execute(KILLS[server.kind].format(store_pid))

    event.listen(store._engine, "before_cursor_execute", break_off)
    run = store.begin_execution(*BEGIN)
    store.complete_execution(run, {}, {})
    assert not broken
    model = ArtifactRecord(TypeSpec("Model"), "/model")
    again = store.begin_execution(*BEGIN)
    assert store.complete_execution(again, {"model": [model]}, {})["model"]
    assert len(broken) == 1
    with store.transaction() as connection:
        assert len(connection.exec_driver_sql("SELECT id FROM Artifact").all()) == 1
    assert [found.state.name for found in list_runs(store)] == ["COMPLETE", "COMPLETE"]


def test_an_absent_database_is_an_error_that_says_what_to_do(server) -> None:
    with pytest.raises(LineageError, match="nowhere") as caught:
        LineageStore.open(server.url("nowhere"))
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("Create the database first")


@pytest.mark.parametrize(
    ("url", "extra"),
    [
        ("postgresql://me:geheim@localhost/runs", "postgres"),
        ("mariadb://me:geheim@localhost/runs", "mysql"),
    ],
)
def test_an_absent_driver_is_explained_without_the_password(
    monkeypatch: pytest.MonkeyPatch, url: str, extra: str
) -> None:
    ordinary = builtins.__import__

    def without_drivers(name: str, *args: Any, **kwargs: Any) -> ModuleType:
        if name in ("psycopg", "pymysql"):
            raise ImportError(f"No module named {name!r}")
        return ordinary(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_drivers)
    with pytest.raises(LineageError, match="driver that is not installed") as caught:
        LineageStore.open(url)
    assert caught.value.hint == f"Install it with: pip install 'trainwright[{extra}]'."
    assert "geheim" not in str(caught.value)
