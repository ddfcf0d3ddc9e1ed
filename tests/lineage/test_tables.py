from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from trainwright.lineage import LineageStore
from trainwright.lineage.tables import TABLES


def affinity(declared: str) -> str:
    """SQLite's rule for what a column holds (https://sqlite.org/datatype3.html, 3.1)."""
    for parts, name in (
        (("INT",), "integer"),
        (("CHAR", "CLOB", "TEXT"), "text"),
        (("BLOB",), "blob"),
        (("REAL", "FLOA", "DOUB"), "real"),
    ):
        if any(part in declared.upper() for part in parts):
            return name
    return "numeric"


def layout(connection: sqlite3.Connection) -> dict[str, Any]:
    """What a schema means: columns, keys, uniqueness and indexes of each table."""
    names = [
        name
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if not name.startswith("sqlite_")
    ]
    return {name: table_layout(connection, name) for name in names}


def table_layout(connection: sqlite3.Connection, table: str) -> dict[str, Any]:
    columns = {
        name: (affinity(declared), bool(not_null) and not key, default, key)
        for _, name, declared, not_null, default, key in connection.execute(
            f"PRAGMA table_info({table})"
        )
    }
    unique, indexes = set(), {}
    for _, name, is_unique, origin, partial in connection.execute(f"PRAGMA index_list({table})"):
        over = tuple(row[2] for row in connection.execute(f"PRAGMA index_info({name})"))
        if origin == "c":
            indexes[name] = (over, bool(is_unique), bool(partial))
        else:
            unique.add((origin, over))
    (sql,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    counts = "AUTOINCREMENT" in sql.upper()
    return {"columns": columns, "unique": unique, "indexes": indexes, "counts": counts}


def test_layout_is_that_of_ml_metadata(shared_data: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript((shared_data / "mlmd" / "schema.sql").read_text())
        theirs = layout(connection)
    LineageStore.open(tmp_path / "ours.sqlite")
    with closing(sqlite3.connect(tmp_path / "ours.sqlite")) as connection:
        ours = layout(connection)
    assert ours == theirs


def test_preseeded_rows(tmp_path: Path) -> None:
    LineageStore.open(tmp_path / "ours.sqlite")
    with closing(sqlite3.connect(tmp_path / "ours.sqlite")) as connection:
        types = connection.execute("SELECT id, name, version, type_kind FROM Type").fetchall()
        version = connection.execute("SELECT * FROM MLMDEnv").fetchall()
    assert types == [
        (1, "mlmd.Dataset", None, 1),
        (2, "mlmd.Model", None, 1),
        (3, "mlmd.Metrics", None, 1),
        (4, "mlmd.Statistics", None, 1),
        (5, "mlmd.Train", None, 0),
        (6, "mlmd.Transform", None, 0),
        (7, "mlmd.Process", None, 0),
        (8, "mlmd.Evaluate", None, 0),
        (9, "mlmd.Deploy", None, 0),
    ]
    assert version == [(10,)]


@pytest.mark.parametrize("dialect", [postgresql.dialect(), mysql.dialect()], ids=lambda d: d.name)
def test_servers_get_the_same_tables(dialect: Dialect) -> None:
    statements = [
        str(statement.compile(dialect=dialect))
        for table in TABLES.sorted_tables
        for statement in (CreateTable(table), *map(CreateIndex, table.indexes))
    ]
    text = "\n".join(statements)
    assert "CREATE TABLE ArtifactProperty (" in text  # unquoted: folded as ML Metadata's are
    assert "BIGINT" in text
    if dialect.name == "mysql":
        assert "string_value(255)" in text
        assert "uri(255)" in text
    else:
        assert "WHERE string_value IS NOT NULL" in text
