from __future__ import annotations

import os
from pathlib import Path

import pytest

from trainwright.estimator.engine.durable import read_whole, write_whole


@pytest.fixture
def flushed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Files and folders that were flushed to disk."""
    names = []
    flush = os.fsync

    def noted(descriptor: int) -> None:
        names.append(Path(f"/proc/self/fd/{descriptor}").resolve().name)
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    return names


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="names of open files are needed")
def test_a_file_is_on_disk_before_it_has_its_name(tmp_path: Path, flushed: list[str]) -> None:
    path = str(tmp_path / "file")
    assert read_whole(path) is None
    write_whole(path, b"whole")
    assert flushed == [".file.tmp", tmp_path.name]
    assert read_whole(path) == b"whole"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_others_may_flush_it(tmp_path: Path, flushed: list[str]) -> None:
    path = str(tmp_path / "file")
    write_whole(path, b"whole", sync=False)
    assert flushed == []
    assert read_whole(path) == b"whole"
