from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from trainwright.errors import LineageError
from trainwright.lineage import LineageStore, count_runs


def names(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def other_version(path: Path) -> None:
    LineageStore.open(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE MLMDEnv SET schema_version = 9")


def other_application(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE orders (id INTEGER)")


def no_database(path: Path) -> None:
    path.write_text("# notes\n" * 200)


def versionless(path: Path) -> None:
    LineageStore.open(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM MLMDEnv")


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (other_version, "schema version 9"),
        (other_application, "other tables"),
        (versionless, "other tables"),
        (no_database, "not an SQLite database"),
        (Path.mkdir, "is a directory"),
    ],
)
def test_what_is_no_lineage_database_is_refused_and_untouched(
    tmp_path: Path, make: Callable[[Path], None], problem: str, read_only: bool
) -> None:
    path = tmp_path / "found.sqlite"
    make(path)
    before = digest(path) if path.is_file() else None
    with pytest.raises(LineageError, match=problem) as caught:
        LineageStore.open(path, read_only=read_only)
    assert str(path) in caught.value.message
    assert before == (digest(path) if path.is_file() else None)
    assert names(tmp_path) == ["found.sqlite"]


def test_reading_creates_nothing(tmp_path: Path) -> None:
    with pytest.raises(LineageError, match="no lineage database at"):
        LineageStore.open(tmp_path / "absent" / "metadata.sqlite", read_only=True)
    assert names(tmp_path) == []


def test_writing_creates_directories_and_leaves_one_file(tmp_path: Path) -> None:
    LineageStore.open(tmp_path / "a" / "b" / "metadata.sqlite")
    assert names(tmp_path / "a" / "b") == ["metadata.sqlite"]


def test_new_databases_are_in_wal_mode(tmp_path: Path) -> None:
    path = tmp_path / "metadata.sqlite"
    LineageStore.open(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    path = tmp_path / "metadata.sqlite"
    path.touch()
    with pytest.raises(LineageError, match="is empty"):
        LineageStore.open(path, read_only=True)
    assert count_runs(LineageStore.open(path)) == 0


def test_file_systems_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(source: Path, target: Path) -> None:
        raise PermissionError("no hard links here")

    monkeypatch.setattr(os, "link", link)
    path = tmp_path / "metadata.sqlite"
    assert count_runs(LineageStore.open(path)) == 0
    assert names(tmp_path) == ["metadata.sqlite"]


def test_readers_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "metadata.sqlite"
    LineageStore.open(path)
    store = LineageStore.open(path, read_only=True)
    with pytest.raises(LineageError, match="readonly"), store.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM MLMDEnv")


def test_a_directory_that_may_not_be_written_to_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "metadata.sqlite"
    LineageStore.open(path)
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert count_runs(LineageStore.open(path, read_only=True)) == 0
    assert names(tmp_path) == ["metadata.sqlite"]


def test_names_with_special_characters(tmp_path: Path) -> None:
    path = tmp_path / "50% of #runs?mode=ro.sqlite"
    LineageStore.open(path)
    assert names(tmp_path) == [path.name]
    assert count_runs(LineageStore.open(path, read_only=True)) == 0


def test_a_damaged_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "metadata.sqlite"
    LineageStore.open(path)
    path.write_bytes(path.read_bytes()[:100] + os.urandom(20_000))
    with pytest.raises(LineageError, match=r"metadata\.sqlite: "):
        count_runs(LineageStore.open(path))


def test_many_processes_create_one_database(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from trainwright.lineage import LineageStore, count_runs\n"
        "print(count_runs(LineageStore.open(sys.argv[1])))\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "metadata.sqlite")]
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert [process.communicate() for process in processes] == [("0\n", "")] * 4
    assert names(tmp_path) == ["metadata.sqlite"]
