"""A group of commands that knows their names and help lines without importing them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import click
from click.shell_completion import CompletionItem

from trainwright.cli.places import complete_places
from trainwright.cycles import collect_as_usual
from trainwright.errors import did_you_mean

__all__ = ["LazyCommand", "LazyGroup", "SuggestingGroup"]


class LazyCommand(NamedTuple):
    """Where a command is, and what the list of commands says about it.

    Attributes:
        target: ``module:attribute``.
        help: the first line of its help.
        long: whether it works through data, or until it is stopped.
    """

    target: str
    help: str
    long: bool = False


class SuggestingGroup(click.Group):
    """Tells the nearest command where an unknown one is called."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds the command that is called."""
        known = self.list_commands(ctx)
        if args[0] not in known:
            raise click.UsageError(
                f"No such command {args[0]!r}. {did_you_mean(args[0], known)}", ctx
            )
        return super().resolve_command(ctx, args)


class LazyGroup(SuggestingGroup):
    """Imports a command when it is called, or its own help asked for."""

    def __init__(self, *args: Any, lazy: Mapping[str, LazyCommand] | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.lazy = dict(lazy or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which a newcomer needs them."""
        return [*self.lazy, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command itself, imported now."""
        if cmd_name not in self.lazy:
            return super().get_command(ctx, cmd_name)
        if self.lazy[cmd_name].long:
            collect_as_usual()
        module, _, attribute = self.lazy[cmd_name].target.partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return complete_places(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the commands in ``--help``, importing none."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.help) for name, command in self.lazy.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands and options that begin so, importing no command."""
        commands = [
            CompletionItem(name, help=command.help)
            for name, command in self.lazy.items()
            if name.startswith(incomplete)
        ]
        return [*commands, *click.Command.shell_complete(self, ctx, incomplete)]
