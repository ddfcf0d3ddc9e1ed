from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from trainwright.cli import main as main_module
from trainwright.cli.lazy_group import LazyCommand
from trainwright.cli.main import COMMANDS, cli, main
from trainwright.errors import CorruptRecordError, DataError, InvalidArgumentError

HEAVY = ("tensorflow", "keras", "tf_keras", "numpy", "pyarrow", "tensorflow_metadata")


OTHER_DATABASES = {
    "sqlalchemy.orm",
    "sqlalchemy.ext",
    "sqlalchemy.dialects.mysql",
    "sqlalchemy.dialects.postgresql",
    "trainwright.lineage.servers",
    "trainwright.lineage.creation",
}
"""What reading an SQLite file does not need, and takes long to import."""


def imported_by(*arguments: str, folder: Path | None = None) -> set[str]:
    """Modules that a command line imports."""
    command = [sys.executable, "-X", "importtime", "-m", "trainwright", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


def test_help_imports_next_to_nothing() -> None:
    imported = imported_by("--help")
    assert "click" in imported
    assert not imported & {*HEAVY, "sqlalchemy", "rich", "google", "asyncio", "importlib.metadata"}


@pytest.mark.parametrize(
    ("arguments", "draws"),
    [
        (("runs",), False),
        (("runs", "--json"), False),
        (("show", "latest"), False),
        (("gc",), False),
        (("lineage", "1"), True),
        (("compare", "1", "3"), True),
    ],
)
def test_reading_commands_import_nothing_heavy(
    arguments: tuple[str, ...], draws: bool, database: Path
) -> None:
    imported = imported_by(*arguments, folder=database.parent)
    assert "sqlalchemy" in imported
    assert not imported & {*HEAVY, *OTHER_DATABASES}
    assert ("rich" in imported) == draws


def test_help_lists_the_commands(invoke) -> None:
    ended = invoke("--help")
    assert ended.code == 0
    for name, command in COMMANDS.items():
        assert f"{name}  " in ended.out
        assert command.help in ended.out
    assert invoke("-h") == ended


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_lines_are_those_of_the_commands(name: str) -> None:
    module, _, attribute = COMMANDS[name].target.partition(":")
    command = getattr(import_module(module), attribute)
    assert isinstance(command, click.Command)
    assert (command.help or "").splitlines()[0] == COMMANDS[name].help


def test_version(invoke) -> None:
    assert invoke("--version") == (0, "trainwright 0.1.0\n", "")


def test_the_module_is_the_command() -> None:
    command = [sys.executable, "-m", "trainwright", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "trainwright 0.1.0\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rnus"], "No such command 'rnus'. Did you mean \"runs\"?"),
        (["zzz"], "Known: "),
        (["runs", "--metdata", "x"], "--metadata"),
        (["runs", "--state", "done"], "'done' is not one of"),
        (["runs", "--limit", "-1"], "-1"),
        (["show"], "Missing argument 'RUN'"),
    ],
)
def test_usage_errors(invoke, arguments: list[str], message: str) -> None:
    code, out, err = invoke(*arguments)
    assert code == 2
    assert out == ""
    assert message in err
    assert err.startswith("Usage: trainwright")


@pytest.mark.parametrize("long", [False, True])
def test_long_commands_search_for_cycles_as_usual(invoke, monkeypatch, long: bool) -> None:
    usual, seen = gc.get_threshold(), []

    @click.command()
    def look() -> None:
        seen.append(gc.get_threshold())

    module = type(sys)("looking")
    module.look = look  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "looking", module)
    monkeypatch.setitem(cli.lazy, "look", LazyCommand("looking:look", "Look.", long))  # type: ignore[attr-defined]
    assert invoke("look").code == 0
    assert (seen == [usual]) == long
    assert gc.get_threshold() == usual


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Adds a command that raises."""

    @click.command()
    @main_module.verbose_option
    def fail() -> None:
        raise error

    module = type(sys)("failing")
    module.fail = fail  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "failing", module)
    assert isinstance(cli, main_module.LazyGroup)
    monkeypatch.setitem(cli.lazy, "fail", LazyCommand("failing:fail", "Fail."))


@pytest.mark.parametrize(
    ("error", "code", "shown"),
    [
        (
            InvalidArgumentError("Got 3.", hint="Give 2."),
            2,
            "Invalid argument: Got 3.\nHint: Give 2.\n",
        ),
        (DataError("Bad."), 4, "Unreadable data: Bad.\n"),
        (
            CorruptRecordError("f.gz", 3, 70, "its checksum is wrong"),
            4,
            "Unreadable data: f.gz is damaged: its checksum is wrong, at record 3 (byte 70 of its "
            "uncompressed contents).\nHint: Write the file again, or remove it from the split.\n",
        ),
        (KeyboardInterrupt(), 130, "\nStopped by SIGINT.\n"),
    ],
)
def test_errors_are_shown(invoke, monkeypatch, error, code: int, shown: str) -> None:
    failing(monkeypatch, error)
    assert invoke("fail") == (code, "", shown)


def test_errors_that_nobody_expected(invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, ZeroDivisionError("by\x1b[2J zero"))
    code, _, err = invoke("fail")
    assert code == 1
    assert err.startswith("Unexpected error: ZeroDivisionError: by\\x1b[2J zero\nHint: ")
    assert "Traceback" not in err


@pytest.mark.parametrize("arguments", [("-v", "fail"), ("fail", "-v"), ("--verbose", "fail")])
def test_verbose_shows_the_traceback(invoke, monkeypatch, arguments: tuple[str, ...]) -> None:
    failing(monkeypatch, DataError("Bad."))
    code, _, err = invoke(*arguments)
    assert code == 4
    assert "Traceback (most recent call last)" in err
    assert err.endswith("Unreadable data: Bad.\n")


def test_verbose_does_not_outlive_its_command(invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, DataError("Bad."))
    invoke("-v", "fail")
    assert invoke("fail").err == "Unreadable data: Bad.\n"


def test_sigterm_stops_like_ctrl_c(invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    tidied = []

    @click.command()
    def wait() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        except KeyboardInterrupt:
            tidied.append(True)
            raise

    module = type(sys)("waiting")
    module.wait = wait  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "waiting", module)
    monkeypatch.setitem(cli.lazy, "wait", LazyCommand("waiting:wait", "Wait."))  # type: ignore[attr-defined]
    before = signal.getsignal(signal.SIGTERM)
    assert invoke("wait") == (143, "", "\nStopped by SIGTERM.\n")
    assert tidied == [True]
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_closed_pipe_is_no_error(database: Path) -> None:
    command = f"{sys.executable} -m trainwright runs --metadata {database} | true"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_output_that_the_encoding_lacks(database: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "trainwright", "show", "złoto", "--metadata", str(database)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 9
    assert "has no run 'z\\u0142oto'" in done.stderr


def test_main_uses_the_arguments_of_the_process(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr(sys, "argv", ["trainwright", "--version"])
    assert main() == 0
    assert capsys.readouterr().out == "trainwright 0.1.0\n"


URL = "postgresql+psycopg://me:s3cret@nowhere/runs"


@pytest.mark.parametrize(
    "arguments",
    [
        ["runs", URL],
        [URL],
        ["demo", URL],
        ["demo", "flights", URL],
        ["runs", "--limit", URL],
        ["runs", "--since", URL],
        ["runs", "--output", URL],
        ["runs", "--metadat", URL],
        ["compare", URL, "2", "--output", "nowhere"],
        ["completion", URL],
        ["run", "--log-format", URL],
        ["-v", "runs", "--output", f"{URL}?password=s3cret"],
    ],
    ids=" ".join,
)
def test_a_url_in_the_wrong_place_is_not_repeated_with_its_password(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) in (2, 9)
    captured = capsys.readouterr()
    assert captured.err
    assert "s3cret" not in captured.out + captured.err


def test_the_nearest_name_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, near in (
        (["demo", "flihgts"], "flights"),
        (["shwo"], "show"),
        (["runs", "--pipelin", "x"], "--pipeline"),
        (["runs", "--stat=failed"], "--state"),
    ):
        assert main(arguments) == 2
        assert near in capsys.readouterr().err
