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
        "postgresql://me:ge h eim@host/runs",
        "mysql://host/runs?passwd=geheim",
        "postgresql://host/runs?user=me&password=geheim&sslmode=off",
    ],
)
def test_names_hide_passwords(where: str) -> None:
    location = parse_location(where)
    assert "eim" not in location.name
    assert "eim" not in repr(location)


def test_a_url_that_is_none_is_an_error_without_its_password() -> None:
    with pytest.raises(LineageError, match="is not the URL of a database") as caught:
        parse_location("://me:geheim@host")
    assert "geheim" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("short", "driver"),
    [
        ("postgres", "postgresql+psycopg"),
        ("postgresql", "postgresql+psycopg"),
        ("mysql", "mysql+pymysql"),
        ("mariadb", "mysql+pymysql"),
        ("mariadb+pymysql", "mysql+pymysql"),
        ("postgresql+psycopg2", "postgresql+psycopg2"),
    ],
)
def test_drivers_need_not_be_named(short: str, driver: str) -> None:
    url = parse_location(f"{short}://host/runs").url
    assert url is not None
    assert url.drivername == driver


@pytest.mark.parametrize("where", ["oracle+cx_oracle://me:geheim@host/runs", "http://host/runs"])
def test_other_kinds_of_servers_are_refused(where: str) -> None:
    with pytest.raises(LineageError, match="PostgreSQL, MySQL or MariaDB server") as caught:
        parse_location(where)
    assert "geheim" not in str(caught.value)


def test_a_server_without_a_database_is_refused() -> None:
    with pytest.raises(LineageError, match="names a server, but no database"):
        parse_location("postgresql://me@host")


def test_texts_of_drivers_lose_the_password_in_every_spelling() -> None:
    location = parse_location("mysql://me:ge%20h%40im@host/runs?ssl_key_password=tief")
    said = "no ge h@im, ge%20h%40im, ge+h%40im or tief at mysql://x:y@h"
    assert location.hide(said) == "no ***, ***, *** or *** at mysql://x:***@h"


@pytest.mark.parametrize("where", ["sqlite://", ":memory:", "sqlite:///:memory:", ""])
def test_databases_in_memory_are_refused(where: str) -> None:
    with pytest.raises(LineageError, match="must be a file or a server"):
        parse_location(where)


def test_text_without_urls_is_left_alone() -> None:
    assert mask_password("database is locked: a@b") == "database is locked: a@b"
