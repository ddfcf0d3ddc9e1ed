from __future__ import annotations

import os
from pathlib import Path

import pytest

from trainwright.launcher import fingerprints
from trainwright.launcher.digests import DigestMemo, digest_file
from trainwright.launcher.fingerprints import NoFingerprintError, fingerprint

NOTHING_KNOWN = DigestMemo(None)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    (root / "a" / "b").mkdir(parents=True)
    (root / "a" / "one").write_text("1")
    (root / "a" / "b" / "two").write_text("2")
    return root


def digest(path: Path, **kwargs: tuple[Path, ...]) -> str:
    return fingerprint(path, NOTHING_KNOWN, **kwargs).digest


def test_names_and_contents_count_and_nothing_else(tree: Path) -> None:
    before = digest(tree)
    os.utime(tree / "a" / "one", (1, 1))
    assert digest(tree) == before
    renamed = tree.rename(tree.with_name("renamed"))
    assert digest(renamed) == before
    (renamed / "a" / "one").rename(renamed / "a" / "1")
    named = digest(renamed)
    assert named != before
    (renamed / "a" / "1").write_text("2")
    assert digest(renamed) not in (named, before)


def test_files_links_and_what_is_excluded(tree: Path) -> None:
    one = digest(tree / "a" / "one")
    (tree / "a" / "b" / "link").symlink_to(tree / "a" / "one")
    assert digest(tree / "a" / "b" / "link") == one
    linked = digest(tree)
    (tree / "a" / "one").write_text("3")
    assert digest(tree) != linked
    before = digest(tree, exclude=(tree / "out",))
    (tree / "out").mkdir()
    (tree / "out" / "more").write_text("more")
    assert digest(tree, exclude=(tree / "out",)) == before != digest(tree)


def test_its_size(tree: Path) -> None:
    assert fingerprint(tree, NOTHING_KNOWN).size == "2 files, 2 bytes"


def test_there_is_none(tree: Path) -> None:
    (tree / "a" / "b" / "up").symlink_to(tree)
    with pytest.raises(NoFingerprintError, match="leads back to a directory above"):
        digest(tree)
    (tree / "a" / "b" / "up").unlink()
    os.mkfifo(tree / "pipe")
    with pytest.raises(NoFingerprintError, match="pipe: not a regular file"):
        digest(tree)
    with pytest.raises(NoFingerprintError, match="No such file"):
        digest(tree / "absent")


def test_whether_it_still_holds(tree: Path) -> None:
    found = fingerprint(tree, NOTHING_KNOWN)
    assert found.holds()
    (tree / "a" / "new").touch()
    assert not found.holds()
    (tree / "a" / "new").unlink()
    assert found.holds()
    (tree / "a" / "one").write_text("0")
    assert not found.holds()


def test_changes_while_it_is_read(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    races = [2]

    def racing(path: Path):
        result = digest_file(path)
        if races[0] and path.name == "one":
            races[0] -= 1
            path.write_text("changed" * races[0])
        return result

    monkeypatch.setattr(fingerprints, "digest_file", racing)
    found = fingerprint(tree, NOTHING_KNOWN)
    assert found.holds()
    races[0] = 3
    with pytest.raises(NoFingerprintError, match="changes while it is read"):
        fingerprint(tree, NOTHING_KNOWN)


def test_what_is_known_is_not_read(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Knowing(DigestMemo):
        def get(self, path: Path, stamp: object) -> str:
            return "known"

    monkeypatch.setattr(fingerprints, "digest_file", None)
    assert fingerprint(tree, Knowing(None)).digest
