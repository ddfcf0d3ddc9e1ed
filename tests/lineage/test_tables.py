from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect

from trainwright.lineage import LineageStore

OURS = {
    "Association": "idx_association_execution_id",
    "Execution": "idx_execution_last_known_state",
}
"""Indexes that ML Metadata does without."""


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
    for table, index in OURS.items():
        assert ours[table]["indexes"].pop(index)
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


def columns_of(url: str) -> set[tuple[object, ...]]:
    """What a server says of the columns of each table, lengths and characters aside."""
    engine = create_engine(url)
    schema = "current_schema()" if url.startswith("postgresql") else "DATABASE()"
    query = (
        "SELECT lower(table_name), column_name, data_type, is_nullable, character_maximum_length "
        f"FROM information_schema.columns WHERE table_schema = {schema}"
    )
    with engine.connect() as connection:
        found = {tuple(row) for row in connection.exec_driver_sql(query)}
    engine.dispose()
    return found


def indexes_of(url: str) -> set[tuple[object, ...]]:
    """Table, columns and uniqueness of each index."""
    engine = create_engine(url)
    found: set[tuple[object, ...]] = set()
    with engine.connect() as connection:
        inspector = inspect(connection)
        for table in inspector.get_table_names():
            key = tuple(inspector.get_pk_constraint(table)["constrained_columns"])
            found.add((table.lower(), "primary", key))
            for index in inspector.get_indexes(table):
                over = tuple(str(name) for name in index["column_names"])
                found.add((table.lower(), bool(index["unique"]), over))
    engine.dispose()
    return found


@pytest.mark.oracle
def test_layout_on_servers_is_that_of_ml_metadata(server, mlmd_python: str) -> None:
    theirs, ours = server.new_database(), server.new_database()
    script = Path(__file__).parent / "oracle" / "dump_database.py"
    subprocess.run([mlmd_python, str(script), theirs, "create"], check=True, capture_output=True)
    LineageStore.open(ours)
    wider = {
        (table, name, "bigint" if name == "int_value" else kind, *rest)
        for table, name, kind, *rest in columns_of(theirs)
    }
    assert columns_of(ours) == wider
    extra = {
        ("association", False, ("execution_id",)),
        ("execution", False, ("last_known_state", "id")),
    }
    if server.kind == "mariadb":
        assert indexes_of(ours) == indexes_of(theirs) | extra
    else:  # an index over an expression has no columns
        plain = {item for item in indexes_of(theirs) if "string_value" not in item[2]}
        assert plain | extra <= indexes_of(ours)
