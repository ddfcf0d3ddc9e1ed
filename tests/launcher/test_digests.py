from __future__ import annotations

import hashlib
import os
import sqlite3
from pathlib import Path

import pytest

from trainwright.launcher import digests
from trainwright.launcher.digests import DigestMemo, digest_file, open_memo, stamp_of

LATER = 10_000_000_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(b"contents")
    return path


def test_a_digest_is_that_of_the_contents(file: Path) -> None:
    stamp, digest = digest_file(file)
    assert digest == hashlib.sha256(b"contents").hexdigest()
    assert stamp == stamp_of(file)
    assert stamp.size == 8


def test_only_regular_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "absent", "."):
        with pytest.raises(OSError, match=r"regular|such"):
            digest_file(tmp_path / name)


@pytest.fixture
def memo(tmp_path: Path) -> DigestMemo:
    connection = sqlite3.connect(tmp_path / "memo.sqlite")
    connection.execute(digests._TABLE)
    return DigestMemo(connection, lambda: LATER + tmp_path.stat().st_ctime_ns)


def test_what_is_remembered(file: Path, memo: DigestMemo) -> None:
    stamp = stamp_of(file)
    memo.put(file, stamp, "digest")
    assert memo.get(file, stamp) is None
    memo.save()
    assert memo.get(file, stamp) == "digest"
    assert memo.get(file.with_name("other"), stamp) is None
    for field in stamp._fields:
        assert memo.get(file, stamp._replace(**{field: getattr(stamp, field) + 1})) is None


def test_a_file_just_written_is_not_remembered(file: Path) -> None:
    with open_memo() as memo:
        memo.put(file, stamp_of(file), "digest")
        memo.save()
        assert memo.get(file, stamp_of(file)) is None


def test_the_least_recent_make_room(
    file: Path, memo: DigestMemo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "_MOST_ENTRIES", 2)
    stamp = stamp_of(file)
    for number in range(4):
        monkeypatch.setattr(memo, "_now_ns", lambda number=number: stamp.ctime_ns + LATER + number)
        memo.put(Path(f"/{number}"), stamp, "digest")
    memo.save()
    assert [bool(memo.get(Path(f"/{number}"), stamp)) for number in range(4)] == [
        *(False, False, True, True)
    ]


@pytest.mark.parametrize("bad", ["file", "directory", "garbage"])
def test_a_memo_that_cannot_be_had_knows_nothing(
    bad: str, tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "cache"
    if bad == "file":
        folder.write_text("")
    elif bad == "directory":
        (folder / "digests-1.sqlite").mkdir(parents=True)
    else:
        folder.mkdir()
        (folder / "digests-1.sqlite").write_bytes(b"no database" * 100)
    monkeypatch.setenv("TRAINWRIGHT_CACHE_DIR", str(folder))
    with open_memo() as memo:
        assert memo.get(file, stamp_of(file)) is None
        memo.put(file, stamp_of(file)._replace(mtime_ns=0, ctime_ns=0), "digest")


def test_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRAINWRIGHT_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", "/cache")
    assert digests.cache_directory() == Path("/cache/trainwright")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/someone")
    assert digests.cache_directory() == Path("/home/someone/.cache/trainwright")
