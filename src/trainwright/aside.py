"""Work whose end nobody needs to wait for: a thread of its own does it, to the end.

This module imports nothing of ours, and nothing that is slow to import.
"""

from __future__ import annotations

import _thread
import atexit
import contextlib
import os
import sys
from collections.abc import Callable

__all__ = ["do_aside", "leaving_with"]


class _Work:
    """One piece of work, and the thread that does it.

    Python may do the last of an object, and with it call this, while it holds a lock of
    ``threading``'s: nothing of that is used here.
    """

    def __init__(self, work: Callable[[], object], name: str):
        self._work: Callable[[], object] | None = work
        self._name = name
        self._is_watched = True
        self._problem: Exception | None = None
        self._going_on = _thread.allocate_lock()
        self._going_on.acquire()
        _thread.start_new_thread(self._run, ())

    def _run(self) -> None:
        try:
            assert self._work is not None
            self._work()
        except Exception as problem:  # noqa: BLE001 - whoever waits raises it
            self._problem = problem
            if not self._is_watched:
                _tell(self._name)
        finally:
            self._work = None
            self._going_on.release()

    @property
    def is_going_on(self) -> bool:
        """Whether it has not ended yet."""
        return self._going_on.locked()

    def wait(self, seconds: float = -1) -> None:
        """Waits for the end, for ever or so long."""
        if self._going_on.acquire(timeout=seconds):
            self._going_on.release()

    def leave_alone(self) -> None:
        """Nobody waits any longer.

        Raises:
            Exception: what the work has raised so far.
        """
        self._is_watched = False
        if self._problem is not None:
            raise self._problem


class _Process:
    """The code that the process ends with as soon as it can; None: it ends as usual."""

    code: int | None = None


_all_work: list[_Work] = []


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
        name: of the work, for the log.
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
    begun = _Work(work, name)
    _all_work[:] = [*(each for each in _all_work if each.is_going_on), begun]
    begun.wait(wait)
    if begun.is_going_on and not may_go_on():
        begun.wait()
    begun.leave_alone()


def leaving_with(code: int) -> None:
    """The process will end with this code now, without waiting for what goes on aside."""
    _Process.code = code


def _tell(name: str) -> None:
    import logging  # which a command that has nothing to tell need not wait for

    logging.getLogger(__name__).exception("%s ended with an error", name)


# Registered when a command begins, it is called after all that others have registered.
@atexit.register
def _at_exit() -> None:
    left = [work for work in _all_work if work.is_going_on]
    if left and _Process.code is not None:
        if "logging" in sys.modules:
            sys.modules["logging"].shutdown()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                stream.flush()
        os._exit(_Process.code)
    # Ended by the interpreter, a thread that returns from C++ takes the process down with it.
    for work in left:
        work.wait()
