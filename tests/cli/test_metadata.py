from __future__ import annotations

from pathlib import Path

import pytest


@pytest.mark.parametrize("folder", [".", "trainwright-output", "demo-output"])
def test_the_usual_places(invoke, database, tmp_path, monkeypatch, folder: str) -> None:
    (tmp_path / "here" / folder).mkdir(parents=True)
    database.rename(tmp_path / "here" / folder / "metadata.sqlite")
    monkeypatch.chdir(tmp_path / "here")
    assert invoke("runs").code == 0


def test_none_in_the_usual_places(invoke, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = invoke("runs")
    assert (code, out) == (9, "")
    assert "metadata.sqlite, trainwright-output/metadata.sqlite and demo-output/" in err
    assert str(tmp_path) in err
    assert "--output" in err
    assert list(tmp_path.iterdir()) == []


def test_naming_it(invoke, database: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    expected = invoke("runs", "--metadata", database)
    assert expected.code == 0
    assert invoke("runs", "--output", database.parent) == expected
    assert invoke("runs", "--metadata", f"sqlite:///{database}") == expected
    monkeypatch.setenv("TRAINWRIGHT_METADATA", str(database))
    assert invoke("runs") == expected
    assert invoke("runs", "--output", tmp_path).code == 9


def test_naming_it_twice(invoke, database: Path) -> None:
    code, _, err = invoke("runs", "--metadata", database, "--output", database.parent)
    assert code == 2
    assert "not both" in err


def test_passwords_are_not_shown(invoke, monkeypatch) -> None:
    monkeypatch.setenv("TRAINWRIGHT_METADATA", "oracle+cx_oracle://me:geheim@host/runs")
    for arguments in (("runs",), ("-v", "runs")):
        code, _, err = invoke(*arguments)
        assert code == 9
        assert "geheim" not in err
        assert "me:***@host" in err
