"""``trainwright completion``: what makes a shell complete our commands."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

__all__ = ["completion"]


@click.command(
    epilog="""
\b
Examples:
  bash   eval "$(trainwright completion bash)"       in ~/.bashrc
  zsh    eval "$(trainwright completion zsh)"        in ~/.zshrc, after compinit
  fish   trainwright completion fish > ~/.config/fish/completions/trainwright.fish
"""
)
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def completion(shell: str) -> None:
    """Make a shell complete commands and options.

    Prints a script for the shell to read. It completes commands, options, their values, files
    and directories, and never loads TensorFlow.
    """
    from trainwright.cli.main import cli

    found = get_completion_class(shell)
    assert found is not None, shell
    click.echo(found(cli, {}, "trainwright", "_TRAINWRIGHT_COMPLETE").source())
