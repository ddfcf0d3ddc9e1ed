"""Stopping by SIGINT and SIGTERM without losing work.

A signal stops what runs by an exception, as Ctrl-C always did, except for parts that say they want
to come to a safe place first: training does, which then saves a checkpoint and stops. A second
signal ends the process at once, whatever it does; what has been committed stays.

Example:
    >>> with until_safe():
    ...     print(stop_wanted())
    False
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from types import FrameType

__all__ = [
    "Terminated",
    "at_once",
    "raise_if_wanted",
    "shielded",
    "stop_wanted",
    "stopped_by_signals",
    "until_safe",
]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_SAME = 0.2
"""Seconds within which a signal that comes twice was meant once: `timeout` and shells send it to a
process and to its group."""


class Terminated(KeyboardInterrupt):
    """SIGTERM: whatever tidies up after Ctrl-C does so after this, too."""


class _Stop:
    """What is known of signals; changed in the main thread only."""

    def __init__(self) -> None:
        self.signal: int | None = None
        self.waiting = False


_stop = _Stop()


def stop_wanted() -> bool:
    """Whether a signal has come that nobody has acted on."""
    return _stop.signal is not None


def raise_if_wanted() -> None:
    """Stops now, if a signal has come.

    Raises:
        KeyboardInterrupt: SIGINT has come; SIGTERM raises :class:`Terminated`.
    """
    if _stop.signal is not None:
        raise Terminated if _stop.signal == signal.SIGTERM else KeyboardInterrupt


@contextlib.contextmanager
def until_safe() -> Iterator[None]:
    """In this block a signal is only noted; who runs there looks at :func:`stop_wanted`.

    Raises:
        KeyboardInterrupt: at the end of the block, if it was left with a signal noted.
    """
    with shielded():
        yield
    raise_if_wanted()


@contextlib.contextmanager
def shielded() -> Iterator[None]:
    """In this block a signal is only noted."""
    before, _stop.waiting = _stop.waiting, True
    try:
        yield
    finally:
        _stop.waiting = before


@contextlib.contextmanager
def at_once() -> Iterator[None]:
    """In this block a signal stops by an exception again, also one that was noted before.

    Raises:
        KeyboardInterrupt: a signal has come.
    """
    before, _stop.waiting = _stop.waiting, False
    try:
        raise_if_wanted()
        yield
    finally:
        _stop.waiting = before


@contextlib.contextmanager
def stopped_by_signals() -> Iterator[None]:
    """While the block runs, signals stop it as this module says; only in the main thread."""
    if threading.current_thread() is not threading.main_thread() or not _installable():
        yield
        return
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    threading.Thread(target=_watch, args=(reader,), name="signals", daemon=True).start()
    # The thread learns of signals also while the main one is inside of a long call.
    wakeup = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    previous = {number: signal.signal(number, _on_signal) for number in _SIGNALS}
    noted, _stop.signal = _stop.signal, None
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(wakeup)
        _stop.signal = noted
        writer.close()


def _installable() -> bool:
    """Whether nobody from outside of Python handles the signals."""
    return all(signal.getsignal(number) is not None for number in _SIGNALS)


def _on_signal(number: int, frame: FrameType | None) -> None:
    del frame
    if _stop.signal is not None:
        return  # the thread decides what a second one means
    _stop.signal = number
    if not _stop.waiting:
        raise_if_wanted()


def _watch(reader: socket.socket) -> None:
    """Ends the process at the second signal."""
    first: float | None = None
    with reader:
        while received := reader.recv(1):
            if received[0] not in _SIGNALS:
                continue
            now = time.monotonic()
            if first is None:
                first = now
            elif now - first > _SAME:
                _leave(received[0])


def _leave(number: int) -> None:
    text = f"Stopped at once by {signal.Signals(number).name}.\n"
    if sys.stderr is not None and os.isatty(2):
        text = f"\x1b[?25h\n{text}"  # a progress display may have hidden the cursor
    with contextlib.suppress(OSError):
        os.write(2, text.encode())
    os._exit(128 + number)
