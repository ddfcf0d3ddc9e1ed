"""Hooks of mkdocs: what the pages need that Markdown does not have."""

from __future__ import annotations

import html
import re
from typing import Any

_ROLE = re.compile(r":(?:func|class|mod|meth|data|attr|exc):<code>~?([^<]*)</code>")
_HELP = re.compile(r"^<!-- help: ([a-z ]*?) ?-->$", re.M)


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replaces ``<!-- help: COMMAND -->`` by what the command's ``--help`` prints."""
    return _HELP.sub(lambda found: f"```text\n{_help_of(found[1].split())}\n```", markdown)


def on_page_content(content: str, **_: Any) -> str:
    """Docstrings name other objects by Sphinx's roles: leaves the names."""
    return _ROLE.sub(lambda found: f"<code>{html.escape(found[1], quote=False)}</code>", content)


def _help_of(words: list[str]) -> str:
    """The help of a command; without TensorFlow, like the command line itself."""
    import click

    from trainwright.cli.main import cli

    command: click.Command | None = cli
    # With the group's own settings: a command keeps the help option that its first context makes.
    widths: dict[str, Any] = {"max_content_width": 100, "terminal_width": 100}
    context = click.Context(cli, info_name="trainwright", **widths, **cli.context_settings)
    for word in words:
        assert isinstance(command, click.Group)
        command = command.get_command(context, word)
        assert command is not None, word
        context = click.Context(command, info_name=word, parent=context, **widths)
    assert command is not None
    return command.get_help(context)
