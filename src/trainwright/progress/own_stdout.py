"""The standard output stream for one writer alone."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator

__all__ = ["own_stdout"]


@contextlib.contextmanager
def own_stdout() -> Iterator[Callable[[str], object]]:
    """While the block runs, only what is yielded writes to the standard output stream.

    What anything else writes there goes to the standard error stream: the user's prints and
    native code's, too.

    Yields:
        A function that writes text at once. It does nothing once nobody reads the stream.
    """
    try:
        sys.stdout.flush()
        number = sys.stdout.fileno()
        own = os.dup(number)
    except (AttributeError, OSError, ValueError):  # something in memory, or closed
        stream, sys.stdout = sys.stdout, sys.stderr
        try:
            yield (lambda text: None) if stream is None else stream.write
        finally:
            sys.stdout = stream
        return

    def write(text: str) -> None:
        data = text.encode()
        with contextlib.suppress(OSError):
            while data:
                data = data[os.write(own, data) :]

    try:
        os.dup2(sys.stderr.fileno() if _has_descriptor(sys.stderr) else 2, number)
        yield write
    finally:
        sys.stdout.flush()
        os.dup2(own, number)
        os.close(own)


def _has_descriptor(stream: object) -> bool:
    try:
        stream.fileno()  # type: ignore[attr-defined]
    except (AttributeError, OSError, ValueError):
        return False
    return True
