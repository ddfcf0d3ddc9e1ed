from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from trainwright.cli.main import cli, main


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    path = tmp_path / "trips.csv"
    rows = [f"{n},c{n % 3},{n / 2 if n % 4 else ''},2020-01-{1 + n % 9:02}" for n in range(100)]
    path.write_text("\n".join(["id,city,fare,when", *rows]))
    return path


def test_shows_columns_and_splits(csv: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["ingest", str(csv), "-o", str(tmp_path / "data")])

    assert result.exit_code == 0, result.output
    lines = [line.split() for line in result.output.splitlines()]
    assert ["id", "integer", "-", "0", "to", "99"] in lines
    assert ["fare", "float", "25.0%", "0.5000", "to", "49.500"] in lines
    assert ["when", "time", "-", "2020-01-01", "00:00", "to", "2020-01-09", "00:00"] in lines
    assert "100 rows" in result.output
    assert "trainwright init -o module.py --schema" in result.output
    assert (tmp_path / "data" / "schema" / "schema.pbtxt").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--delimiter", "ab"], 2, "'ab' is not a single character"),
        (["--type", "fare"], 2, "'fare' is not of the form COLUMN=TYPE"),
        (["--split-by", "cty"], 2, 'Did you mean "city"?'),
        (["--max-bad-rows", "-1"], 2, "-1 is not in the range"),
    ],
)
def test_wrong_arguments(
    csv: Path,
    tmp_path: Path,
    arguments: list[str],
    code: int,
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["ingest", str(csv), "-o", str(tmp_path / "data"), *arguments]) == code
    assert message in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


def test_a_malformed_row(csv: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    csv.write_text(csv.read_text() + "\n1,2\n")

    assert main(["ingest", str(csv), "-o", str(tmp_path / "data")]) == 4
    assert "line 102: 2 fields where the header names 4 columns" in capsys.readouterr().err
    assert main(["ingest", str(csv), "-o", str(tmp_path / "data"), "--max-bad-rows", "1"]) == 0
    assert "line 102" in capsys.readouterr().out


def test_long_values_and_one_column(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "notes.csv"
    path.write_text("note\n" + "\n".join(f"{n} {'x' * 100_000}" for n in range(30)))

    assert main(["ingest", str(path), "-o", str(tmp_path / "data")]) == 0

    shown = capsys.readouterr().out
    assert len(shown) < 2_000
    assert "30 rows  1 feature\n" in shown


def test_what_looks_like_a_mistake_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "sales.csv"
    path.write_text("day,1.5\n" + "\n".join(f"{1 + n % 28}/12/2024,{n}" for n in range(60)))

    assert main(["ingest", str(path), "-o", str(tmp_path / "data")]) == 0

    shown = capsys.readouterr().out
    assert "Look at" in shown
    assert "dates in a form that is not read; write 2024-12-31" in shown
    assert "looks like values; it must name the columns" in shown
