from __future__ import annotations

from pathlib import Path

import pytest

from trainwright.errors import LineageError
from trainwright.lineage.location import mask_password, parse_location


@pytest.mark.parametrize(
    "where", ["runs/db.sqlite", Path("runs/db.sqlite"), "sqlite:///runs/db.sqlite"]
)
def test_paths_and_sqlite_urls_mean_files(where: str | Path) -> None:
    location = parse_location(where)
    assert location.path == Path("runs/db.sqlite")
    assert location.url is None


def test_other_urls_mean_servers() -> None:
    location = parse_location("mysql+pymysql://me:geheim@host:3306/runs")
    assert location.path is None
    assert location.url is not None
    assert location.url.password == "geheim"


@pytest.mark.parametrize(
    "where",
    [
        "mysql+pymysql://me:geheim@host/runs",
        "postgresql://me:geh@eim@host/runs",
        "postgresql://host/runs?user=me&password=geheim&sslmode=off",
    ],
)
def test_names_hide_passwords(where: str) -> None:
    assert "eim" not in parse_location(where).name


def test_a_url_that_is_none_is_an_error_without_its_password() -> None:
    with pytest.raises(LineageError, match="is not the URL of a database") as caught:
        parse_location("://me:geheim@host")
    assert "geheim" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("where", ["sqlite://", ":memory:", "sqlite:///:memory:", ""])
def test_databases_in_memory_are_refused(where: str) -> None:
    with pytest.raises(LineageError, match="must be a file or a server"):
        parse_location(where)


def test_text_without_urls_is_left_alone() -> None:
    assert mask_password("database is locked: a@b") == "database is locked: a@b"
