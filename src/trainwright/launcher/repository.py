"""Which commit of its repository the user's code is at."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from trainwright.lineage import PropertyValue

__all__ = ["repository_properties"]

_SECONDS = 10.0


def repository_properties(path: Path) -> dict[str, PropertyValue]:
    """The git commit that a file belongs to, and whether it differs from it.

    Args:
        path: a file; an absolute path.

    Returns:
        ``git/commit``; ``git/dirty``: 1 where a tracked file has changed, or this one is not
        tracked, else 0. Empty without git, outside of a repository, before its first commit, and
        where git cannot tell.
    """
    if not any((folder / ".git").exists() for folder in path.parents):
        return {}  # without starting a process
    status = _git(path.parent, "status", "--porcelain=v2", "--branch", "--untracked-files=no")
    commit, changes = _parsed(status or "")
    if not commit:
        return {}
    tracked = _git(path.parent, "ls-files", "--", f":(literal){path.name}")
    return {"git/commit": commit, "git/dirty": int(changes or not tracked)}


def _parsed(status: str) -> tuple[str, bool]:
    """The commit, and whether a tracked file has changed, from what git-status(1) prints."""
    commit, changes = "", False
    for line in status.splitlines():
        if line.startswith("# branch.oid "):
            commit = line.split()[-1]
        elif not line.startswith("#"):
            changes = True
    return ("" if commit == "(initial)" else commit), changes


def _git(folder: Path, *arguments: str) -> str | None:
    """What git prints; None where it fails."""
    # Its own variables could name another repository; hooks and locks are not for a mere question.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    environment |= {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    command = ["git", "-c", "core.fsmonitor=false", "-C", os.fspath(folder), *arguments]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            timeout=_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace").strip()
