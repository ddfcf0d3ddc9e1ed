from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from trainwright.events import RunObserver, observing
from trainwright.lineage import ExecutionState, get_run, list_runs
from trainwright.lineage.failures import is_conflict, is_outage, is_starting
from trainwright.lineage.location import parse_location
from trainwright.lineage.waiting import patiently

LOCATION = parse_location("postgresql://me:geheim@host/runs")


def psycopg_error(text: str = "", state: str | None = None) -> DBAPIError:
    psycopg = pytest.importorskip("psycopg")
    error = psycopg.OperationalError(text)
    error.sqlstate = state
    return OperationalError("SELECT 1", {}, error)


def pymysql_error(number: int) -> DBAPIError:
    pymysql = pytest.importorskip("pymysql")
    return OperationalError("SELECT 1", {}, pymysql.err.OperationalError(number, "it says"))


@pytest.mark.parametrize(
    ("text", "outage", "starting"),
    [
        ("connection to server at 10.0.0.1 failed: Connection refused", True, False),
        ("failed to resolve host 'db'", True, False),
        ("connection timeout expired", True, False),
        ("FATAL:  the database system is starting up", True, True),
        ("FATAL:  the database system is not yet accepting connections", True, True),
        ("FATAL:  sorry, too many clients already", True, True),
        ('FATAL:  password authentication failed for user "me"', False, False),
        ('FATAL:  database "runs" does not exist', False, False),
        ("FATAL:  no pg_hba.conf entry for host 10.0.0.2", False, False),
    ],
)
def test_connections_to_postgresql_that_fail(text: str, outage: bool, starting: bool) -> None:
    error = psycopg_error(f"connection failed: {text}")
    assert (is_outage(error), is_starting(error)) == (outage, starting)
    assert not is_conflict(error)


@pytest.mark.parametrize(
    ("error", "outage", "conflict"),
    [
        (lambda: psycopg_error(state="57P01"), True, False),
        (lambda: psycopg_error(state="40P01"), False, True),
        (lambda: psycopg_error(state="40001"), False, True),
        (lambda: psycopg_error(state="53100"), False, False),  # disk full
        (lambda: pymysql_error(2003), True, False),
        (lambda: pymysql_error(1040), True, False),
        (lambda: pymysql_error(1213), False, True),
        (lambda: pymysql_error(1045), False, False),  # access denied
    ],
)
def test_errors_by_their_codes(
    error: Callable[[], DBAPIError], outage: bool, conflict: bool
) -> None:
    assert (is_outage(error()), is_conflict(error())) == (outage, conflict)


class Attempts:
    """Fails a number of times, then succeeds."""

    def __init__(self, *errors: Exception):
        self.errors = list(errors)
        self.made = 0

    def __call__(self) -> str:
        self.made += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainwright.lineage.waiting.time.sleep", lambda seconds: None)


class Warnings(RunObserver):
    def __init__(self) -> None:
        self.heard: list[str] = []

    def on_warning(self, message: str) -> None:
        self.heard.append(message)


def test_outages_are_waited_for_and_announced_once() -> None:
    warnings, attempts = Warnings(), Attempts(*[psycopg_error("Connection refused")] * 5)
    with observing(warnings):
        assert patiently(LOCATION, attempts) == "done"
    assert attempts.made == 6
    assert warnings.heard == [
        "The lineage database postgresql://me:***@host/runs does not answer: waiting for it, up "
        "to 90 s."
    ]


def test_at_the_start_only_a_server_that_answers_is_waited_for() -> None:
    attempts = Attempts(psycopg_error("FATAL:  the database system is starting up"))
    assert patiently(LOCATION, attempts, starting_only=True) == "done"
    with pytest.raises(OperationalError):
        patiently(LOCATION, Attempts(psycopg_error("refused")), starting_only=True)


def test_conflicts_are_tried_again_without_a_word_but_not_for_ever() -> None:
    warnings = Warnings()
    with observing(warnings):
        assert patiently(LOCATION, Attempts(*[psycopg_error(state="40P01")] * 10)) == "done"
        with pytest.raises(OperationalError):
            patiently(LOCATION, Attempts(*[psycopg_error(state="40P01")] * 11))
    assert warnings.heard == []


def test_what_others_cause_in_a_file_is_no_conflict() -> None:
    error = IntegrityError("INSERT", {}, sqlite3.IntegrityError("UNIQUE constraint failed"))
    attempts = Attempts(error)
    with pytest.raises(IntegrityError):
        patiently(LOCATION, attempts)
    assert attempts.made == 1


def test_a_commit_that_nobody_was_told_of_is_not_repeated(
    recording: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def twice(location: object, attempt: Callable[[], Any]) -> Any:
        attempt()  # committed, but the answer was lost
        return attempt()

    monkeypatch.setattr("trainwright.lineage.store.patiently", twice)
    run = recording.begin()
    outputs = recording.complete(run)
    failed = recording.begin()
    assert recording.store.fail_execution(failed, {"error_type": "ValueError"})
    monkeypatch.undo()

    assert [record.id for record in list_runs(recording.store)] == [failed, run]
    recorded = get_run(recording.store, run)
    assert recorded.execution.state is ExecutionState.COMPLETE
    found = {key: [item.id for item in group] for key, group in recorded.outputs.items()}
    assert found == outputs
    assert get_run(recording.store, failed).execution.state is ExecutionState.FAILED
