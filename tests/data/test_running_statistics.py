from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from google.protobuf.json_format import MessageToDict

from trainwright.data import running_statistics
from trainwright.data.running_statistics import RunningStatistics
from trainwright.data.statistics import column_statistics
from trainwright.errors import InvalidArgumentError

RANDOM = np.random.default_rng(7)


def in_blocks(values: pa.Array, size: int = 7) -> RunningStatistics:
    running = RunningStatistics("x")
    for begin in range(0, len(values), size):
        running.add(values.slice(begin, size))
    return running


def approximately(message: Any) -> Any:
    """A message as a dict whose floats compare approximately."""

    def soften(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: soften(item) for key, item in value.items()}
        if isinstance(value, list):
            return [soften(item) for item in value]
        return pytest.approx(value, rel=1e-9) if isinstance(value, float) else value

    return soften(MessageToDict(message))


@pytest.mark.parametrize(
    "values",
    [
        pa.array(RANDOM.normal(size=100)),
        pa.array([1, 0, None, 5, 5, -3] * 4),
        pa.array([1.5, float("nan"), None, 0.0] * 5),
        pa.array(["a", None, "b", "a", "é"] * 6),
        pa.array([b"\xff", b"x"] * 3),
        pa.array([True, False, None] * 4),
        pa.array([[1, 2], [], None, [3]] * 5),
        pa.array([["a"], ["b", "a"], None] * 5),
        pa.array([2**62, 2**62 + 1] * 2),
    ],
)
def test_few_values_have_the_statistics_of_the_whole_column(values: pa.Array) -> None:
    expected = column_statistics("x", values)

    assert MessageToDict(in_blocks(values).result()) == approximately(expected)


def test_a_column_without_a_value() -> None:
    result = in_blocks(pa.nulls(10)).result()

    assert result.num_stats.common_stats.num_missing == 10
    assert in_blocks(pa.array([None] * 3, pa.string())).result().type == result.STRING


def test_many_numbers_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running_statistics, "_SAMPLE", 2_000)
    values = RANDOM.normal(50, 10, size=40_000)

    numeric = in_blocks(pa.array(values), 3_000).result().num_stats

    assert numeric.mean == pytest.approx(values.mean())
    assert numeric.std_dev == pytest.approx(values.std())
    assert (numeric.min, numeric.max) == (values.min(), values.max())
    assert numeric.median == pytest.approx(np.median(values), abs=1)
    for histogram in numeric.histograms:
        assert sum(b.sample_count for b in histogram.buckets) == pytest.approx(40_000)
    assert numeric.common_stats.num_non_missing == 40_000


def test_of_many_texts_the_frequent_ones_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running_statistics, "_DISTINCT", 1_000)
    texts = [f"rare {n}" for n in range(20_000)] + ["often"] * 3_000
    RANDOM.shuffle(texts)

    running = in_blocks(pa.array(["often"] * 500 + texts), 900)

    strings = running.result().string_stats
    assert strings.top_values[0].value == "often"
    assert strings.top_values[0].frequency == 3_500
    assert strings.unique == pytest.approx(20_001, rel=0.1)
    assert running.distinct_texts(10**9) is None


def test_what_a_schema_needs() -> None:
    numbers = in_blocks(pa.array([3, None, -1]))
    texts = in_blocks(pa.array(["b", "a", "b"]))

    assert numbers.integer_bounds == (-1, 3)
    assert numbers.missing == 1
    assert sorted(texts.distinct_texts(2) or []) == [b"a", b"b"]
    assert texts.distinct_texts(1) is None
    assert texts.integer_bounds is None


def test_a_type_without_statistics() -> None:
    with pytest.raises(InvalidArgumentError, match="'x' is of type struct"):
        in_blocks(pa.array([{"a": 1}]))
