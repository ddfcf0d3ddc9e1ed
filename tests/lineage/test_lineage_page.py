"""The examples of ``docs/lineage.md``, on one database."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from trainwright.lineage import LineageStore

PAGE = (Path(__file__).parents[2] / "docs" / "lineage.md").read_text()
OURS, THEIRS = re.findall(r"```python\n(.*?)```", PAGE, re.S)


def run(python: str, code: str, folder: Path) -> str:
    done = subprocess.run(
        [python, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the example in Python has been run."""
    assert run(sys.executable, OURS, tmp_path) == "1 COMPLETE {'auc': 0.75}\n"
    return tmp_path


def test_sql(folder: Path) -> None:
    best, parts, ends = re.findall(r"```sql\n(.*?)```", PAGE, re.S)
    with LineageStore.open(folder / "metadata.sqlite").transaction() as connection:
        found = [connection.exec_driver_sql(query).all() for query in (best, parts, ends)]
    assert found == [[(1, 0.75, "/runs/Trainer/model/1")], [("Examples", "/data/taxi")], [(3, 1)]]


def test_sql_on_servers(server) -> None:
    url = server.new_database()
    run(sys.executable, OURS.replace('"metadata.sqlite"', repr(url)), Path.cwd())
    with LineageStore.open(url).transaction() as connection:
        for query in re.findall(r"```sql\n(.*?)```", PAGE, re.S):
            assert len(connection.exec_driver_sql(query).all()) == 1


@pytest.mark.oracle
def test_ml_metadata(folder: Path, mlmd_python: str) -> None:
    assert run(mlmd_python, THEIRS, folder) == "1 0.75\n"
