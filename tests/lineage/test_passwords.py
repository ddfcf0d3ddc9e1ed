"""Whatever goes wrong, and however loudly it is told: the database's password is not in it."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

import pytest

from trainwright.cli.main import main
from trainwright.errors import LineageError
from trainwright.launcher import LaunchRequest, launch
from trainwright.lineage import LineageStore

SPELLINGS = ("ge heim@#1", "ge%20heim%40%231", "heim@#1", "heim%40%231")


class Executor:
    def __init__(self, context: object = None): ...

    def Do(self, inputs: object, outputs: dict, properties: object) -> None:  # type: ignore[type-arg]
        folder = Path(outputs["model"][0].uri) / "Format-Serving"
        folder.mkdir()
        (folder / "saved_model.pb").write_text("model")


def assert_hidden(text: str) -> None:
    assert not [spelling for spelling in SPELLINGS if spelling in text]


def test_recorded_and_shown(
    server, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    url = server.new_database()
    with caplog.at_level(logging.DEBUG):
        result = launch(LaunchRequest(Executor, {}, {}, tmp_path, metadata=url))
        for command in (["show", "latest"], ["show", "latest", "--json"], ["runs"]):
            assert main(["-v", *command, "--metadata", url]) == 0
    shown = capsys.readouterr()
    assert "COMPLETE" in shown.out
    for text in (shown.out, shown.err, caplog.text, repr(result)):
        assert_hidden(text)
    for table in ("ExecutionProperty", "ArtifactProperty", "Artifact", "Context"):
        with LineageStore.open(url).transaction() as connection:
            assert_hidden(repr(connection.exec_driver_sql(f"SELECT * FROM {table}").all()))


@pytest.mark.parametrize("problem", ["no such database", "wrong password", "nobody listens"])
def test_errors_and_their_tracebacks(
    server, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    url = server.url("absent")
    if problem == "wrong password":
        url = url.replace("trainwright:", "trainwright:x")
    if problem == "nobody listens":
        url = url.replace(f":{server.port}/", ":1/")
    with pytest.raises(LineageError) as caught:
        LineageStore.open(url)
    assert_hidden("".join(traceback.format_exception(caught.value)))
    assert caught.value.hint
    assert main(["-v", "runs", "--metadata", url]) == LineageError.exit_code
    shown = capsys.readouterr()
    assert "Traceback" in shown.err
    assert_hidden(shown.out + shown.err)
