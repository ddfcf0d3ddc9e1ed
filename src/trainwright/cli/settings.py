"""Options that every command has in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click

__all__ = ["Settings", "is_verbose", "log_format_option", "verbose_option"]

F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Settings:
    """What the options before a command's name, or shared by all commands, have set.

    Attributes:
        verbose: show tracebacks, and what TensorFlow itself has to say.
    """

    verbose: bool = False


def verbose_option(command: F) -> F:
    """Gives a command ``-v`` / ``--verbose``; ask :func:`is_verbose` whether it was used."""
    option = click.option(
        "-v",
        "--verbose",
        is_flag=True,
        expose_value=False,
        callback=_set_verbose,
        help="Show tracebacks, and TensorFlow's own log.",
    )
    return option(command)


def log_format_option(command: F) -> F:
    """Gives a command ``--log-format``, for :func:`trainwright.cli.watching.watched`."""
    option = click.option(
        "--log-format",
        type=click.Choice(("auto", "text", "json")),
        default="auto",
        show_default=True,
        help="How to tell of progress: a picture on a terminal and plain lines elsewhere, plain "
        "lines, or one JSON object a line on the standard output.",
    )
    return option(command)


def is_verbose() -> bool:
    """Whether ``-v`` was given, before the command's name or after it."""
    return _settings(click.get_current_context()).verbose


def _set_verbose(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        _settings(context).verbose = True


def _settings(context: click.Context) -> Settings:
    return context.find_root().ensure_object(Settings)
