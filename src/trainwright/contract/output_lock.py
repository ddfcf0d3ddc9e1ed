"""One run at a time in one ``model_run`` directory.

Two processes that write checkpoints into the same directory would spoil each other's. The lock is
the operating system's, on a hidden file: it goes with its process, however that ends. Tasks of one
cluster share the directory, and have a lock each.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

from trainwright.errors import InvalidArgumentError

__all__ = ["locked_output"]


@contextlib.contextmanager
def locked_output(folder: str | Path | None) -> Iterator[None]:
    """Makes a directory, and keeps others from writing to it while the block runs.

    Args:
        folder: a ``model_run``'s directory; None: nothing to lock.

    Raises:
        InvalidArgumentError: another run is writing there, or nothing can be written there.
    """
    if folder is None:
        yield
        return
    path = Path(folder) / f".{_task()}lock"
    descriptor = _acquire(path)
    try:
        os.truncate(descriptor, 0)
        os.write(descriptor, json.dumps(_here()).encode())
        yield
    finally:
        # Removed while it is held: whoever has opened it meanwhile sees that it is gone.
        with contextlib.suppress(OSError):
            path.unlink()
        os.close(descriptor)


def _acquire(path: Path) -> int:
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise InvalidArgumentError(
                f"The output directory {path.parent} cannot be written to: {error.strerror}."
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = _owner(descriptor)
            os.close(descriptor)
            raise InvalidArgumentError(
                f"Another run is writing to {path.parent}: {owner}.",
                hint="Wait until it has ended, or name another output directory.",
            ) from None
        except OSError:
            return descriptor  # a file system without locks
        with contextlib.suppress(OSError):
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                return descriptor
        os.close(descriptor)  # its owner has just removed it


def _owner(descriptor: int) -> str:
    try:
        known = json.loads(os.pread(descriptor, 4096, 0))
        return f"process {known['pid']} on {known['host']}, since {known['since']}"
    except (ValueError, KeyError, TypeError, OSError):
        return "it has only just begun"


def _here() -> dict[str, object]:
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    return {"pid": os.getpid(), "host": socket.gethostname(), "since": now}


def _task() -> str:
    """The task of a cluster that this process is, empty where it is alone."""
    try:
        task = json.loads(os.environ.get("TF_CONFIG") or "{}").get("task") or {}
        return f"{task['type']}-{int(task['index'])}.".replace("/", "-")
    except (ValueError, AttributeError, KeyError, TypeError):
        return ""
