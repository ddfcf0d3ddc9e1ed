from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from trainwright.cli.main import main
from trainwright.demo.flights import csv_file
from trainwright.errors import InvalidArgumentError

FLIGHTS = pa.table({"carrier": ["UA", 'a "b", c', None, "DL"] * 25, "late": [0, 1, 1, 0] * 25})


def test_writes_a_header_and_rows(tmp_path: Path) -> None:
    path = tmp_path / "new" / "flights.csv"
    assert csv_file.write_csv(path, flights=FLIGHTS) == 100
    lines = path.read_text().splitlines()
    assert lines[0] == '"carrier","late"'
    assert lines[1:4] == ['"UA",0', '"a ""b"", c",1', ",1"]
    assert len(lines) == 101


@pytest.mark.parametrize(("rows", "written"), [(1, 1), (30, 25), (100, 100), (1000, 100)])
def test_fewer_rows_come_from_the_whole_year(tmp_path: Path, rows: int, written: int) -> None:
    assert csv_file.write_csv(tmp_path / "few.csv", rows, FLIGHTS) == written


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidArgumentError, match=r"few\.csv cannot be written"):
        csv_file.write_csv(tmp_path / "file" / "few.csv", 1, FLIGHTS)


def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(csv_file, "read_flights", lambda: FLIGHTS)
    assert main(["demo", "csv", str(tmp_path / "few.csv"), "--rows", "30"]) == 0
    assert "25 flights written" in capsys.readouterr().out
    assert main(["demo", "csv", str(tmp_path / "few.csv"), "--rows", "0"]) == 2
