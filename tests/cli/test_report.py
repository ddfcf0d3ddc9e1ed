from __future__ import annotations

from pathlib import Path


def test_a_report_of_a_run(invoke, database: Path, tmp_path: Path) -> None:
    code, out, err = invoke("report", 1, "--metadata", database, "-o", tmp_path / "pages")
    path = tmp_path / "pages" / "report-1.html"
    assert (code, out, err) == (0, f"{path}\n", "")
    page = path.read_text()
    assert "<title>Run 1 · taxi</title>" in page
    assert "not finite" in page or "nan" in page


def test_of_a_failed_run(invoke, database: Path, tmp_path: Path) -> None:
    assert invoke("report", 2, "--metadata", database, "-o", tmp_path).code == 0
    page = (tmp_path / "report-2.html").read_text()
    assert "SplitError" in page
    assert "\x1b" not in page


def test_several_runs(invoke, pair: Path, tmp_path: Path) -> None:
    code, out, _ = invoke("report", 1, 2, 1, "--metadata", pair, "-o", tmp_path)
    assert (code, out) == (0, f"{tmp_path / 'report-1-2.html'}\n")
    page = (tmp_path / "report-1-2.html").read_text()
    assert "custom_config.rate" in page
    assert "version/tensorflow" not in page.partition('id="curves"')[0]


def test_a_place_that_cannot_be_written(invoke, database: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, _, err = invoke("report", 1, "--metadata", database, "-o", tmp_path / "file" / "below")
    assert code == 2
    assert "cannot be written to" in err


def test_too_many_runs(invoke, database: Path) -> None:
    code, _, err = invoke("report", *[1] * 3, 9, "--metadata", database)
    assert code == 9
    assert "no run '9'" in err
