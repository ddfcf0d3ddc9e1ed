"""Completion by a shell, as click's scripts ask for it."""

from __future__ import annotations

import os
import subprocess
import sys

import click
import pytest
from click.shell_completion import ShellComplete

from trainwright.cli.main import cli, main


class Shell(ShellComplete):
    name = "test"
    source_template = ""


def complete(*words: str) -> dict[str, str]:
    shell = Shell(cli, {}, "trainwright", "_TRAINWRIGHT_COMPLETE")
    *before, incomplete = words
    return {item.value: item.type for item in shell.get_completions(list(before), incomplete)}


def test_commands() -> None:
    assert set(complete("r")) == {"run", "runs", "report"}
    assert set(complete("demo", "")) == {"flights", "csv"}


def test_options_and_their_values() -> None:
    assert "--examples" in complete("run", "--ex")
    assert set(complete("run", "--log-format", "")) == {"auto", "text", "json"}
    assert set(complete("init", "--style", "k")) == {"keras"}


def test_places_are_left_to_the_shell() -> None:
    assert complete("run", "--examples", "da") == {"da": "dir"}
    assert complete("run", "--module-file", "mod") == {"mod": "file"}
    assert complete("runs", "--metadata", "") == {"": "file"}
    assert complete("ingest", "tri") == {"tri": "file"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_scripts(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    assert f"_TRAINWRIGHT_COMPLETE={shell}_complete" in capsys.readouterr().out


def test_bash_asks_and_nothing_heavy_is_imported() -> None:
    code = (
        "import sys, atexit; from trainwright.cli.main import main;"
        "heavy = lambda: {'tensorflow', 'pyarrow', 'numpy', 'rich', 'sqlalchemy'} & {*sys.modules};"
        "atexit.register(lambda: print('heavy:', heavy()));"
        "main([])"
    )
    environment = os.environ | {
        "_TRAINWRIGHT_COMPLETE": "bash_complete",
        "COMP_WORDS": "trainwright run --train",
        "COMP_CWORD": "2",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert lines == ["plain,--train-steps", "plain,--train-splits", "heavy: set()"]


def commands(
    group: click.Group = cli, path: tuple[str, ...] = ()
) -> list[tuple[tuple[str, ...], click.Command]]:
    found = []
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        if isinstance(command, click.Group):
            found += commands(command, (*path, name))
        else:
            found.append(((*path, name), command))
    return found


@pytest.mark.parametrize(
    ("path", "command"), commands(), ids=lambda value: " ".join(value) if value is tuple else None
)
def test_every_help_has_examples_of_options_there_are(
    path: tuple[str, ...], command: click.Command
) -> None:
    epilog = command.epilog or ""
    assert "Examples:" in epilog
    assert f"trainwright {' '.join(path)}" in epilog
    known = {name for parameter in command.params for name in parameter.opts}
    for word in epilog.partition("Examples:")[2].split():
        assert not word.startswith("--") or word.partition("=")[0] in known, word
