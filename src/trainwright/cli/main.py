"""``trainwright``: the group of commands, and how it ends.

Exit codes: 0 done, 2 usage, 130 stopped by SIGINT, 143 by SIGTERM; every other one belongs to a
kind of error, in the table at the top of ``trainwright.errors``.
"""

from __future__ import annotations

import contextlib
import io
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from types import FrameType

import click

from trainwright.cli.lazy_group import LazyCommand, LazyGroup
from trainwright.cli.settings import Settings, verbose_option
from trainwright.cli.text import error_lines
from trainwright.cycles import few_collections
from trainwright.errors import TrainwrightError
from trainwright.stopping import Terminated
from trainwright.version import __version__

__all__ = ["cli", "main"]

COMMANDS = {
    "ingest": LazyCommand(
        "trainwright.cli.ingest:ingest", "Make Examples of CSV or Parquet.", long=True
    ),
    "validate": LazyCommand(
        "trainwright.cli.validate:validate", "Check Examples against their schema.", long=True
    ),
    "init": LazyCommand("trainwright.cli.init:init", "Write a module file to start from."),
    "run": LazyCommand("trainwright.cli.run:run", "Train a model from a module file."),
    "demo": LazyCommand(
        "trainwright.cli.demo:demo", "Train a model on real data, end to end.", long=True
    ),
    "runs": LazyCommand("trainwright.cli.runs:runs", "List the recorded runs."),
    "show": LazyCommand("trainwright.cli.show:show", "Show one run: inputs, outputs, metrics."),
    "compare": LazyCommand("trainwright.cli.compare:compare", "Show in what runs differ."),
    "report": LazyCommand("trainwright.cli.report:report", "Write a report of a run, as HTML."),
    "ui": LazyCommand("trainwright.cli.ui:ui", "Show the runs in a browser.", long=True),
    "lineage": LazyCommand("trainwright.cli.lineage:lineage", "Show where things come from."),
    "gc": LazyCommand("trainwright.cli.gc:gc", "Remove what runs have left behind."),
    "completion": LazyCommand(
        "trainwright.cli.completion:completion", "Make a shell complete commands and options."
    ),
}


@click.group(cls=LazyGroup, lazy=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="trainwright", message="%(prog)s %(version)s")
@verbose_option
def cli() -> None:
    """Train TensorFlow Estimators and TFX Trainer modules, and see what came of it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line.

    Args:
        arguments: those after the program's name; None: the process's own.

    Returns:
        The exit code.
    """
    _never_fail_to_print()
    settings = Settings()
    try:
        with few_collections(), _sigterm_raises():
            result = cli.main(
                args=None if arguments is None else list(arguments),
                prog_name="trainwright",
                standalone_mode=False,
                obj=settings,
            )
    except (click.Abort, KeyboardInterrupt) as stop:
        return _interrupted(stop.__cause__ or stop)
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(shown)
        click.echo(_without_password(shown.getvalue()), err=True, nl=False)
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - the outermost frame: shown, not swallowed
        _show(error, settings)
        return error.exit_code if isinstance(error, TrainwrightError) else 1
    return result if isinstance(result, int) else 0


def _interrupted(cause: BaseException) -> int:
    if not isinstance(cause, KeyboardInterrupt):
        click.echo("Aborted.", err=True)
        return 1
    number = signal.SIGTERM if isinstance(cause, Terminated) else signal.SIGINT
    click.echo(f"Stopped by {number.name}.", err=True)
    return 128 + number


def _show(error: Exception, settings: Settings) -> None:
    """Shows an error on stderr: its title, message and hint; its traceback if asked for."""
    if settings.verbose:
        click.echo(_without_password("".join(traceback.format_exception(error))), err=True)
    for line in error_lines(error):
        click.echo(_without_password(line), err=True)


def _without_password(text: str) -> str:
    """A message about what was typed, which may have been the URL of a database."""
    if "@" not in text and "passw" not in text:
        return text
    from trainwright.lineage.location import mask_password

    return mask_password(text)


@contextlib.contextmanager
def _sigterm_raises() -> Iterator[None]:
    """While the block runs, SIGTERM stops it the way Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGTERM, _raise_terminated)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def _raise_terminated(number: int, frame: FrameType | None) -> None:
    raise Terminated


def _never_fail_to_print() -> None:
    """Characters that the output's encoding lacks are spelled out."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
