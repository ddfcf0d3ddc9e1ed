"""How files are found; what patterns match is tested with the datasets of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from trainwright.data.files import compression_of_file, matching_files
from trainwright.data.tfrecord import write_records
from trainwright.errors import DataError


def test_files_are_sorted_and_come_once(tmp_path: Path) -> None:
    for name in ("b", "a", ".hidden"):
        (tmp_path / name).touch()
    (tmp_path / "folder").mkdir()
    found = [str(tmp_path / "a"), str(tmp_path / "b")]
    assert matching_files([tmp_path / "*", tmp_path / "b"]) == found


def test_a_name_that_looks_like_a_pattern(tmp_path: Path) -> None:
    (tmp_path / "a[1]").touch()
    assert matching_files(str(tmp_path / "a[1]")) == [str(tmp_path / "a[1]")]


def test_nothing_matches(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No file matches"):
        matching_files(tmp_path / "*")
    with pytest.raises(DataError, match="no name or pattern was given"):
        matching_files([])


@pytest.mark.parametrize("compression", ["GZIP", ""])
def test_compression(tmp_path: Path, compression: str) -> None:
    write_records(tmp_path / "a", [b"one"], compression)  # type: ignore[arg-type]
    assert compression_of_file(str(tmp_path / "a")) == compression


def test_compression_of_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="absent cannot be read"):
        compression_of_file(str(tmp_path / "absent"))
