"""Chooses the display that suits the stream, and keeps it through a run."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import warnings
from collections.abc import Iterator
from typing import Any, TextIO

from rich.console import Console

from trainwright.errors import TrainwrightWarning
from trainwright.events import RunObserver, observing
from trainwright.progress.display import Display
from trainwright.progress.json_lines import JsonLines
from trainwright.progress.live import LiveDisplay
from trainwright.progress.notebook import NotebookDisplay, in_notebook
from trainwright.progress.own_stdout import own_stdout
from trainwright.progress.plain import PlainDisplay

__all__ = ["show_json_lines", "show_progress"]


@contextlib.contextmanager
def show_json_lines() -> Iterator[JsonLines]:
    """While the block runs, writes the progress of runs in it as JSON lines.

    They go to the standard output stream, which nothing else can write to meanwhile. An error
    that ends the block is written, too.

    Yields:
        The observer.
    """
    with own_stdout() as write:
        lines = JsonLines(write)
        try:
            with _warnings_shown_by(lines), observing(lines):
                yield lines
        except BaseException as error:
            lines.error(error)
            raise


@contextlib.contextmanager
def show_progress(
    console: Console | None = None, verbose: bool = False, plain: bool = False
) -> Iterator[RunObserver]:
    """While the block runs, shows the progress of runs in it on the standard error stream.

    Args:
        console: where to show it instead.
        verbose: TensorFlow's logs are shown as well; implies `plain`, since they would tear a
            picture apart.
        plain: plain lines on a terminal, too; for user code that draws a picture of its own.

    Yields:
        The observer.
    """
    with contextlib.ExitStack() as stack:
        notebook = console is None and in_notebook()
        if console is None:
            console = Console(file=stack.enter_context(_own_stderr()), highlight=False)
        display: Display
        if notebook and not (verbose or plain):
            display = stack.enter_context(NotebookDisplay())
        elif verbose or plain or not console.is_terminal or console.is_dumb_terminal:
            display = PlainDisplay(console)
        else:
            same = sys.stdout is not None and sys.stdout.isatty()
            display = stack.enter_context(LiveDisplay(console, redirect_stdout=same))
        stack.enter_context(_warnings_shown_by(display))
        stack.enter_context(observing(display))
        yield display


@contextlib.contextmanager
def _warnings_shown_by(display: RunObserver) -> Iterator[None]:
    """This package's warnings become lines of the display; others are shown as ever."""
    usual = warnings.showwarning

    def show(message: Any, category: type[Warning], *where: Any, **options: Any) -> None:
        if issubclass(category, TrainwrightWarning):
            display.on_warning(str(message))
        else:
            usual(message, category, *where, **options)

    warnings.showwarning = show
    try:
        yield
    finally:
        warnings.showwarning = usual


class _Stream(io.TextIOWrapper):
    """Text to a stream that may go away: then nothing is shown, and the run goes on."""

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            return super().write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            super().flush()


@contextlib.contextmanager
def _own_stderr() -> Iterator[TextIO]:
    """The standard error stream by a file descriptor of its own.

    So it stays what it is while descriptor 2 is caught to silence TensorFlow's import.
    """
    stderr = sys.stderr
    try:
        descriptor = os.dup(stderr.fileno())
    except (AttributeError, OSError, ValueError):  # closed, or replaced by something in memory
        with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123
            yield stderr or nowhere
        return
    encoding = getattr(stderr, "encoding", None) or "utf-8"
    raw = io.BufferedWriter(io.FileIO(descriptor, "w"))
    stream = _Stream(raw, encoding=encoding, errors="backslashreplace")
    try:
        yield stream
    finally:
        stream.flush()
        with contextlib.suppress(OSError):
            stream.close()
