"""Work whose end nobody needs to wait for: a thread of its own does it, to the end.

This module imports nothing of ours, and nothing that is slow to import.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
from collections.abc import Callable

__all__ = ["do_aside", "leaving_with"]


class _Work(threading.Thread):
    """One piece of work. A daemon, so that others decide whether the process waits for it."""

    def __init__(self, work: Callable[[], object], name: str):
        super().__init__(name=name, daemon=True)
        self._work = work
        self._lock = threading.Lock()
        self._is_watched = True
        self._problem: Exception | None = None

    def run(self) -> None:
        """Does it. Errors go to who waits, or to the log."""
        try:
            self._work()
        except Exception as problem:  # noqa: BLE001 - whoever waits raises it
            with self._lock:
                self._problem = problem
                if not self._is_watched:
                    _tell(self.name)
        finally:
            del self._work

    def leave_alone(self) -> None:
        """Nobody waits any longer.

        Raises:
            Exception: what the work has raised so far.
        """
        with self._lock:
            self._is_watched = False
            if self._problem is not None:
                raise self._problem


class _Process:
    """The code that the process ends with as soon as it can; None: it ends as usual."""

    code: int | None = None


_going_on: list[_Work] = []


def do_aside(
    work: Callable[[], object],
    name: str,
    wait: float,
    may_go_on: Callable[[], bool] = lambda: True,
) -> None:
    """Does something, and returns after some time even if it goes on.

    A process that ends as usual waits for it then.

    Args:
        work: what to do. It must not need the thread that it is called in.
        name: of its thread.
        wait: for how long to wait, in seconds.
        may_go_on: called after that; False: wait for the end.

    Raises:
        Exception: what the work raised in that time. Later errors are logged.

    Example:
        >>> done = []
        >>> do_aside(lambda: done.append("all"), "an example", wait=10.0)
        >>> done
        ['all']
    """
    thread = _Work(work, name)
    _going_on[:] = [each for each in _going_on if each.is_alive()]
    _going_on.append(thread)
    thread.start()
    thread.join(wait)
    if thread.is_alive() and not may_go_on():
        thread.join()
    thread.leave_alone()


def leaving_with(code: int) -> None:
    """The process will end with this code now, without waiting for what goes on aside."""
    _Process.code = code


def _tell(name: str) -> None:
    import logging  # which a command that has nothing to tell need not wait for

    logging.getLogger(__name__).exception("%s ended with an error", name)


# Registered when a command begins, it is called after all that others have registered.
@atexit.register
def _at_exit() -> None:
    left = [thread for thread in _going_on if thread.is_alive()]
    if left and _Process.code is not None:
        if "logging" in sys.modules:
            sys.modules["logging"].shutdown()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                stream.flush()
        os._exit(_Process.code)
    # Ended by the interpreter, a thread that returns from C++ takes the process down with it.
    for thread in left:
        thread.join()
