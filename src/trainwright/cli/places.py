"""Options that name files and directories: a shell completes them as such."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem
from click.types import StringParamType

__all__ = ["Place", "complete_places"]

_KINDS = {"DIR": "dir", "FILE": "file", "FILE|URL": "file"}


class Place(StringParamType):
    """A text that a shell may complete to a file or directory; anything is accepted.

    Args:
        kind: ``"file"`` or ``"dir"``, as completion scripts know them.
    """

    def __init__(self, kind: str):
        self.kind = kind

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Leaves it to the shell, which knows the files."""
        del ctx, param
        return [CompletionItem(incomplete, type=self.kind)]


def complete_places(command: click.Command) -> click.Command:
    """Makes the options of a command that are shown as DIR or FILE complete as such.

    Args:
        command: changed in place; of a group, its commands.

    Example:
        >>> option = click.Option(["--output"], metavar="DIR")
        >>> _ = complete_places(click.Command("run", params=[option]))
        >>> [item.type for item in option.shell_complete(click.Context(click.Command("x")), "o")]
        ['dir']
    """
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            complete_places(inner)
    for parameter in command.params:
        kind = _KINDS.get(_shown_as(parameter))
        if kind and type(parameter.type) is StringParamType:
            parameter.type = Place(kind)
    return command


def _shown_as(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Argument):
        return {"source": "FILE"}.get(parameter.name or "", "")
    return parameter.metavar or ""
