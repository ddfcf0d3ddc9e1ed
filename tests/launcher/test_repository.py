from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from trainwright.launcher.repository import repository_properties


def git(folder: Path, *arguments: str) -> str:
    identity = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    for role in ("AUTHOR", "COMMITTER"):
        identity |= {f"GIT_{role}_NAME": "n", f"GIT_{role}_EMAIL": "n@localhost"}
    command = ["git", "-C", str(folder), *arguments]
    done = subprocess.run(
        command, env={**os.environ, **identity}, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def module(tmp_path: Path) -> Path:
    """A committed module in a repository."""
    git(tmp_path, "init", "-q")
    (tmp_path / "code").mkdir()
    path = tmp_path / "code" / "mod ule.py"
    path.write_text("x = 1\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "first")
    return path


def test_the_commit(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = git(module.parent, "rev-parse", "HEAD")
    assert repository_properties(module) == {"git/commit": commit, "git/dirty": 0}
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    assert repository_properties(module)["git/commit"] == commit


def test_what_makes_it_dirty(module: Path) -> None:
    (module.parent / "notes.txt").write_text("not tracked, and not the module")
    assert repository_properties(module)["git/dirty"] == 0
    assert repository_properties(module.parent / "notes.txt")["git/dirty"] == 1
    module.write_text("x = 2\n")
    assert repository_properties(module)["git/dirty"] == 1


def test_nothing_to_tell(module: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    assert repository_properties(outside / "module.py") == {}
    git(outside, "init", "-q")
    assert repository_properties(outside / "module.py") == {}


def test_without_git(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert repository_properties(module) == {}
