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
    folder, name = path.parent, path.name
    commit = _git(folder, "rev-parse", "--verify", "HEAD")
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no", "--ignore-submodules")
    if not commit or changed is None:
        return {}
    tracked = _git(folder, "ls-files", "--", f":(literal){name}")
    return {"git/commit": commit, "git/dirty": int(bool(changed) or not tracked)}


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
