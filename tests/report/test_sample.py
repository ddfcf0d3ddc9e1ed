from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from trainwright.artifacts import Examples
from trainwright.data.example_proto import encode_examples
from trainwright.data.tfrecord import write_records
from trainwright.errors import DataError
from trainwright.report.sample import decode_example, sample_statistics


def test_examples_of_each_kind() -> None:
    columns = {
        "n": pa.array([1, None, -(2**62)]),
        "x": pa.array([0.5, 2.0, None], pa.float32()),
        "words": pa.array([["a", "bc"], [], None]),
    }
    assert [decode_example(row) for row in encode_examples(columns)] == [
        {"n": (3, [1]), "x": (2, [0.5]), "words": (1, [b"a", b"bc"])},
        {"x": (2, [2.0]), "words": (1, [])},
        {"n": (3, [-(2**62)])},
    ]


def test_numbers_that_are_not_packed() -> None:
    feature = b"\x0a\x01n\x12\x06\x1a\x04\x08\x05\x08\x07"
    assert decode_example(b"\x0a\x0d\x0a\x0b" + feature) == {"n": (3, [5, 7])}


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
    with pytest.raises(DataError, match="'n' has values of different types"):
        sample_statistics(Examples(tmp_path), 20)
