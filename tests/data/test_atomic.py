from __future__ import annotations

import os
from pathlib import Path

import pytest

from trainwright.data.atomic import atomic_directory, atomic_file


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_file_appears_when_it_is_complete(tmp_path: Path) -> None:
    with atomic_file(tmp_path / "deep" / "file") as file:
        file.write(b"contents")
        assert not (tmp_path / "deep" / "file").exists()

    assert (tmp_path / "deep" / "file").read_bytes() == b"contents"
    assert names(tmp_path / "deep") == ["file"]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")

    def fail() -> None:
        with atomic_file(tmp_path / "file") as file:
            file.write(b"new")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert (tmp_path / "file").read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


def test_a_directory_replaces_the_old_one(tmp_path: Path) -> None:
    final = tmp_path / "data"
    final.mkdir()
    (final / "old").touch()

    with atomic_directory(final) as temporary:
        (temporary / "new").touch()
        assert names(final) == ["old"]

    assert names(final) == ["new"]
    assert names(tmp_path) == ["data"]


def test_a_failed_directory_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with atomic_directory(tmp_path / "data") as temporary:
            (temporary / "file").touch()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert names(tmp_path) == []


def test_others_may_read_what_the_umask_lets_them(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        with atomic_directory(tmp_path / "data") as temporary, atomic_file(temporary / "file"):
            pass
    finally:
        os.umask(mask)

    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o750
    assert (tmp_path / "data" / "file").stat().st_mode & 0o777 == 0o640
