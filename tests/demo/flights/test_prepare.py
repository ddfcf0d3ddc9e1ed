from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from trainwright.data.feature_spec import feature_spec
from trainwright.data.schema import read_schema
from trainwright.data.statistics import num_examples
from trainwright.data.tfrecord import find_damage, read_records
from trainwright.demo.flights import prepare as module
from trainwright.demo.flights.prepare import Prepared, prepare, split_rows
from trainwright.errors import InvalidArgumentError


def files(prepared: Prepared, split: str) -> list[Path]:
    return sorted((prepared.directory / "examples" / f"Split-{split}").iterdir())


def test_the_standard_layout(prepared: Prepared) -> None:
    assert [file.name for file in files(prepared, "eval")] == [
        "data_tfrecord-00000-of-00002.gz",
        "data_tfrecord-00001-of-00002.gz",
    ]
    assert len(files(prepared, "train")) == 8
    assert prepared.examples.splits == ["train", "eval"]
    assert num_examples(prepared.statistics.uri) == prepared.num_examples
    assert prepared.schema.uri == str(prepared.directory / "schema")
    assert not prepared.reused


def test_each_flight_is_in_one_split(prepared: Prepared, some_flights: pa.Table) -> None:
    counts = {
        split: sum(1 for file in files(prepared, split) for _ in read_records(file))
        for split in ("train", "eval")
    }

    assert counts == prepared.num_examples
    assert sum(counts.values()) == some_flights.num_rows
    assert counts["eval"] / some_flights.num_rows == pytest.approx(0.2, abs=0.02)
    assert find_damage(files(prepared, "train")) is None


def test_the_schema_parses_every_example(prepared: Prepared, some_flights: pa.Table) -> None:
    import tensorflow as tf

    spec = feature_spec(read_schema(prepared.schema.uri))
    rows = [row for file in files(prepared, "eval") for row in read_records(file)]

    parsed = tf.io.parse_example(rows, spec)

    assert set(parsed) == set(some_flights.column_names)
    assert parsed["late"].shape == [len(rows), 1]
    gusts = parsed["wind_gust"]
    assert isinstance(gusts, tf.SparseTensor)
    assert 0 < len(gusts.values) < len(rows) / 2


def test_rows_are_split_by_what_they_are_and_not_by_where(flights: pa.Table) -> None:
    part = flights.slice(0, 1_000)
    backwards = part.take(pa.array(range(999, -1, -1)))

    _, split = split_rows(part)
    _, split_backwards = split_rows(backwards)

    np.testing.assert_array_equal(split, split_backwards[::-1])


def test_splits_are_stable(flights: pa.Table) -> None:
    """Written down once: another hash would make old and new evaluations incomparable."""
    order, split = split_rows(flights.slice(0, 10))

    assert "".join(name[0] for name in split) == "ttettttttt"
    assert order.tolist() == [2, 7, 9, 4, 5, 3, 6, 0, 8, 1]


def test_prepared_data_are_used_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "read_flights", _two_flights)
    first = prepare(tmp_path / "data")
    written = (tmp_path / "data" / "recipe.json").stat().st_mtime_ns
    second = prepare(tmp_path / "data")

    assert (first.reused, second.reused) == (False, True)
    assert second.num_examples == first.num_examples
    assert (tmp_path / "data" / "recipe.json").stat().st_mtime_ns == written


def test_another_recipe_prepares_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "read_flights", _two_flights)
    prepare(tmp_path / "data")
    monkeypatch.setattr(module, "RECIPE", module.RECIPE + 1)

    assert not prepare(tmp_path / "data").reused


@pytest.mark.parametrize("missing", ["examples", "schema", "statistics", "recipe.json"])
def test_incomplete_data_are_prepared_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setattr(module, "read_flights", _two_flights)
    prepare(tmp_path / "data")
    (tmp_path / "data" / missing).rename(tmp_path / "elsewhere")

    assert not prepare(tmp_path / "data").reused


def _two_flights() -> pa.Table:
    columns: dict[str, Any] = {name: [1, 2] for name in module._IDENTITY}
    return pa.table({**columns, "late": [0, 1]})


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "output").touch()

    with pytest.raises(InvalidArgumentError, match=r"output/data cannot be written.*another place"):
        prepare(tmp_path / "output" / "data", _two_flights())


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object, **options: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "write_records", full)

    with pytest.raises(InvalidArgumentError, match="No space left on device"):
        prepare(tmp_path / "data", _two_flights())
    assert list(tmp_path.iterdir()) == []
