"""The end of the process: in time, whatever the user's code has left running."""

from __future__ import annotations

import gc
import os
import sys
import threading
from typing import NoReturn

from trainwright.aside import leaving_with

__all__ = ["leave"]

_GRACE_SECONDS = 5.0
_USERS = {"tensorflow", "trainwright.executor"}
"""Modules without which no code of a user's is run."""


def leave(code: int, grace: float = _GRACE_SECONDS) -> NoReturn:
    """Ends the process as ever, but within some seconds.

    Python waits for threads that are no daemons when it ends. One that the user's code has started
    and never stops would keep a finished run from ending; it is ended with the process. Before it
    ends, Python searches all objects for cycles, several times; where no code of a user's has run,
    nothing in them wants to be told of the end, and that is left out.

    Args:
        code: the exit code.
        grace: seconds to wait for other threads.
    """
    others = [
        thread
        for thread in threading.enumerate()
        if thread is not threading.current_thread() and not thread.daemon
    ]
    if others:
        threading.Thread(target=_end, args=(code, grace), daemon=True).start()
    if not _USERS & sys.modules.keys():
        gc.freeze()
    leaving_with(code)
    sys.exit(code)


def _end(code: int, grace: float) -> None:
    threading.Event().wait(grace)
    main = threading.main_thread()
    left = [
        thread.name for thread in threading.enumerate() if not (thread.daemon or thread is main)
    ]
    text = f"Ended with threads still running, which the module has started: {', '.join(left)}."
    printable = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            continue  # closed, or a pipe that nobody reads
    os.write(2, printable.encode("ascii", "backslashreplace") + b"\n")
    os._exit(code)
