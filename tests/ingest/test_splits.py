from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from trainwright.errors import DataError, InvalidArgumentError
from trainwright.ingest.splits import HashSplit, TimeSplit, ValueSplit, parse_shares

RECORDS = [str(n).encode() for n in range(10_000)]


def test_shares_of_a_hash() -> None:
    split = HashSplit(parse_shares("train=3, eval=1,test=1"))

    numbers = split.assign({}, RECORDS)

    assert split.names == ("train", "eval", "test")
    assert np.bincount(numbers) / len(RECORDS) == pytest.approx([0.6, 0.2, 0.2], abs=0.02)
    assert (split.assign({}, RECORDS[5:9]) == numbers[5:9]).all()


def test_equal_keys_stay_together_whatever_else_is_read_with_them() -> None:
    split = HashSplit(parse_shares("train=1,eval=1"), "user")
    users = pa.array(["a", "b", None, "a", "c", None] * 10)

    numbers = split.assign({"user": users}, [])

    assert len(set(numbers[users.is_null().to_numpy(False)])) == 1
    assert (numbers == np.tile(numbers[:6], 10)).all()
    assert (split.assign({"user": pa.array(["c", "a"])}, []) == numbers[[4, 0]]).all()


def test_values_name_splits() -> None:
    split = ValueSplit("part")

    assert split.assign({"part": pa.array(["train", "eval", "train"])}, []).tolist() == [0, 1, 0]
    assert split.assign({"part": pa.array(["test", "eval"])}, []).tolist() == [2, 1]
    assert split.names == ("train", "eval", "test")


@pytest.mark.parametrize("value", ["../x", "", None, "a b", ".hidden"])
def test_a_value_that_cannot_be_a_split(value: str | None) -> None:
    with pytest.raises(DataError, match="'part' has the value"):
        ValueSplit("part").assign({"part": pa.array([value], pa.string())}, [])


def test_too_many_values() -> None:
    with pytest.raises(DataError, match="more than 20 distinct values"):
        ValueSplit("part").assign({"part": pa.array([f"s{n}" for n in range(30)])}, [])


def test_time_puts_the_latest_rows_into_the_last_split() -> None:
    times = np.random.default_rng(1).permutation(1_000)
    split = TimeSplit.of_values(parse_shares("train=8,eval=2"), "when", times.astype(float))

    numbers = split.assign({"when": pa.array(times)}, [])

    assert np.bincount(numbers).tolist() == [800, 200]
    assert times[numbers == 0].max() < times[numbers == 1].min()


def test_a_row_without_a_time() -> None:
    split = TimeSplit.of_values(parse_shares("train=1,eval=1"), "when", np.arange(4.0))

    with pytest.raises(DataError, match="'when', by which rows are split, has no value"):
        split.assign({"when": pa.array([1, None])}, [])


@pytest.mark.parametrize("text", ["", "train", "train=0", "train=-1", "a=1,a=2", "../a=1", "a=inf"])
def test_shares_that_cannot_be_read(text: str) -> None:
    with pytest.raises(InvalidArgumentError, match="must be written as train=0.8,eval=0.2"):
        parse_shares(text)
