from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tensorflow_metadata.proto.v0 import statistics_pb2

from trainwright.data.statistics import (
    column_statistics,
    dataset_statistics,
    num_examples,
    read_statistics,
    write_statistics,
)
from trainwright.errors import ArtifactError, InvalidArgumentError


def counts(histogram: statistics_pb2.Histogram) -> list[float]:
    return [bucket.sample_count for bucket in histogram.buckets]


def shape(message: Any) -> Any:
    """Which fields a message has, and which its parts; all elements of a list look alike."""
    fields = {}
    for descriptor, value in message.ListFields():
        if descriptor.name == "buckets":
            fields["buckets"] = len(value)
        elif descriptor.name in ("top_values", "features", "datasets", "histograms"):
            fields[descriptor.name] = [shape(part) for part in value]
        else:
            fields[descriptor.name] = shape(value) if descriptor.message_type else True
    return fields


def test_integers() -> None:
    statistics = column_statistics("i", [[1], [2], None, [5, 6, 7]])

    numeric = statistics.num_stats
    assert list(statistics.path.step) == ["i"]
    assert statistics.type == statistics_pb2.FeatureNameStatistics.INT
    common = numeric.common_stats
    assert (common.num_non_missing, common.num_missing) == (3, 1)
    assert (common.min_num_values, common.max_num_values, common.tot_num_values) == (1, 3, 5)
    assert common.avg_num_values == pytest.approx(5 / 3)
    # As TensorFlow Data Validation 1.15 says of the same column:
    assert numeric.mean == pytest.approx(4.2)
    assert numeric.std_dev == pytest.approx(2.3151673805580453)
    assert (numeric.min, numeric.median, numeric.max) == (1, 5, 7)
    equal_width, quantiles = numeric.histograms
    assert counts(equal_width) == [1, 1, 0, 0, 0, 0, 1, 0, 1, 1]
    assert counts(quantiles) == [0.5] * 10
    assert quantiles.type == statistics_pb2.Histogram.QUANTILES


def test_floats_that_are_no_numbers() -> None:
    numeric = column_statistics("f", [1.5, float("nan"), 0.0, 2.0]).num_stats

    assert numeric.mean == pytest.approx(1.1666666666666667)
    assert (numeric.num_zeros, numeric.median) == (1, 1.5)
    assert [histogram.num_nan for histogram in numeric.histograms] == [1, 1]
    assert numeric.common_stats.num_non_missing == 4


def test_infinities_have_buckets_of_their_own() -> None:
    numeric = column_statistics("f", [1.0, float("inf"), 2.0, float("-inf")]).num_stats

    buckets = numeric.histograms[0].buckets
    assert (buckets[0].high_value, buckets[-1].low_value) == (-np.inf, np.inf)
    assert counts(numeric.histograms[0]) == [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]
    assert np.isnan(numeric.mean)


def test_a_constant_has_one_bucket() -> None:
    assert counts(column_statistics("c", [3, 3, 3, 3]).num_stats.histograms[0]) == [4]


def test_a_column_of_nulls() -> None:
    statistics = column_statistics("n", pa.nulls(4, pa.string()))

    assert statistics.type == statistics_pb2.FeatureNameStatistics.STRING
    assert statistics.string_stats.common_stats.num_missing == 4
    assert statistics.string_stats.unique == 0


def test_strings() -> None:
    strings = column_statistics("s", [["a"], ["a", "b"], None, ["cc"]]).string_stats

    assert (strings.unique, strings.avg_length) == (3, 1.25)
    # Of equal frequency, the greater one first, as TensorFlow Data Validation orders them.
    assert [(top.value, top.frequency) for top in strings.top_values] == [
        ("a", 2),
        ("cc", 1),
        ("b", 1),
    ]
    last = strings.rank_histogram.buckets[2]
    assert (last.low_rank, last.high_rank, last.label, last.sample_count) == (2, 2, "b", 1)


def test_bytes_that_are_no_text() -> None:
    strings = column_statistics("s", ["é".encode(), b"\xff\xfe", b"\xff", b"zz"]).string_stats

    assert (strings.unique, strings.avg_length, strings.invalid_utf8_count) == (4, 1.75, 2)
    assert strings.top_values[0].value == "__BYTES_VALUE__"
    assert strings.top_values[0].frequency == 2


def test_only_so_many_values_are_listed() -> None:
    strings = column_statistics("s", [str(n) for n in range(2_000)]).string_stats

    assert (strings.unique, len(strings.top_values)) == (2_000, 20)
    assert len(strings.rank_histogram.buckets) == 1_000


def test_columns_without_statistics() -> None:
    with pytest.raises(InvalidArgumentError, match="'when' is of type timestamp"):
        column_statistics("when", pa.array([0], pa.timestamp("s")))
    with pytest.raises(InvalidArgumentError, match="equal length"):
        dataset_statistics({"a": [1], "b": [1, 2]})


def test_reads_what_it_wrote(tmp_path: Path) -> None:
    splits = {"train": dataset_statistics({"n": [1, 2, 3]}), "eval": dataset_statistics({"n": [4]})}

    write_statistics(splits, tmp_path)

    assert read_statistics(tmp_path) == splits
    assert num_examples(tmp_path) == {"train": 3, "eval": 1}


def test_no_statistics(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="no statistics at"):
        read_statistics(tmp_path)


def test_statistics_that_do_not_parse(tmp_path: Path) -> None:
    (tmp_path / "Split-train").mkdir()
    (tmp_path / "Split-train" / "FeatureStats.pb").write_bytes(b"\xff\xff")

    with pytest.raises(ArtifactError, match=r"FeatureStats\.pb is not a serialized"):
        num_examples(tmp_path)


def test_the_shape_is_that_of_real_statistics(shared_data: Path) -> None:
    """Columns made so that each field which real statistics fill would be filled."""
    theirs = read_statistics(shared_data / "taxi" / "statistics")["train"]
    assert num_examples(shared_data / "taxi" / "statistics") == {"train": 10_036, "eval": 4_966}
    real = {feature.path.step[0]: feature for feature in theirs.datasets[0].features}

    payment = ["Cash"] * 5 + ["Credit Card"] * 4 + list("abcd")
    ours = column_statistics("payment_type", payment)
    assert {k: v for k, v in shape(ours)["string_stats"].items() if k != "top_values"} == {
        k: v for k, v in shape(real["payment_type"])["string_stats"].items() if k != "top_values"
    } | {"rank_histogram": {"buckets": 6}}

    fares = column_statistics("fare", np.linspace(0, 50, 100, dtype=np.float32))
    assert shape(fares) == shape(real["fare"])


def test_values_agree_with_real_statistics(shared_data: Path) -> None:
    """Rebuilt from the artifact: a column with the same ranked values has the same statistics."""
    theirs = read_statistics(shared_data / "taxi" / "statistics")["eval"]
    real = {feature.path.step[0]: feature for feature in theirs.datasets[0].features}
    strings = real["company"].string_stats
    values: list[str | None] = []
    for bucket in strings.rank_histogram.buckets:
        values += [bucket.label] * round(bucket.sample_count)
    values += [None] * (strings.common_stats.num_non_missing - len(values))

    ours = column_statistics("company", values).string_stats

    assert ours.unique == strings.unique
    assert ours.rank_histogram == strings.rank_histogram
    assert [t.value for t in ours.top_values] == [t.value for t in strings.top_values]
    assert ours.avg_length == pytest.approx(strings.avg_length)


def test_serializes_as_json_tools_expect(tmp_path: Path) -> None:
    from google.protobuf import json_format

    statistics = dataset_statistics({"n": [1, 2]}, name="train")

    assert json.loads(json_format.MessageToJson(statistics))["datasets"][0]["name"] == "train"
