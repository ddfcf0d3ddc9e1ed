from __future__ import annotations

from pathlib import Path

import pytest

from trainwright.artifacts import Examples
from trainwright.data.example_proto import encode_examples
from trainwright.data.tfrecord import write_records
from trainwright.errors import DataError
from trainwright.report.sample import sample_statistics


def test_some_of_each_file(tmp_path: Path) -> None:
    for number in range(2):
        rows = encode_examples({"n": [number] * 50})
        path = tmp_path / "Split-train" / f"data-{number}"
        path.parent.mkdir(exist_ok=True)
        write_records(path, rows)
    found = sample_statistics(Examples(tmp_path), 20)["train"].datasets[0]
    assert found.num_examples == 20
    (feature,) = found.features
    assert (feature.num_stats.mean, feature.num_stats.common_stats.num_missing) == (0.5, 0)


def test_features_of_two_types(tmp_path: Path) -> None:
    path = tmp_path / "Split-train" / "data"
    path.parent.mkdir()
    write_records(path, [*encode_examples({"n": [1]}), *encode_examples({"n": ["a"]})])
    with pytest.raises(DataError, match="'n' has values in its bytes_list"):
        sample_statistics(Examples(tmp_path), 20)


def test_wide_examples_are_read_less(tmp_path: Path) -> None:
    path = tmp_path / "Split-train" / "data"
    path.parent.mkdir()
    write_records(path, encode_examples({f"n{place}": [1] * 150 for place in range(2_100)}))
    dataset = sample_statistics(Examples(tmp_path), 10_000)["train"].datasets[0]
    assert (dataset.num_examples, len(dataset.features)) == (100, 2_100)


def test_a_split_without_examples(tmp_path: Path) -> None:
    path = tmp_path / "Split-train" / "data"
    path.parent.mkdir()
    write_records(path, [])
    assert sample_statistics(Examples(tmp_path), 10)["train"].datasets[0].num_examples == 0
