from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from trainwright.ingest.column_types import MISSING, ColumnType, TypeInference, converted


@pytest.mark.parametrize(
    ("texts", "type_", "values"),
    [
        (["1", "2", " 3 "], ColumnType.INTEGER, [1, 2, 3]),
        (["1", "x"], ColumnType.TEXT, ["1", "x"]),
        (["00123", "4"], ColumnType.TEXT, ["00123", "4"]),
        (["0x1f", "1"], ColumnType.TEXT, ["0x1f", "1"]),
        (["0", "0.5", "-1e3"], ColumnType.FLOAT, [0.0, 0.5, -1000.0]),
        (["1", "NA", ""], ColumnType.INTEGER, [1, None, None]),
        (["NA", "b", ""], ColumnType.TEXT, ["NA", "b", None]),
        (["true", "False", ""], ColumnType.TRUTH, [1, 0, None]),
        (["2020-01-02", "2020-01-03 00:00:07.5"], ColumnType.TIME, [1577923200, 1578009607]),
        (["2020-01-02T03:04:05Z"], ColumnType.TIME, [1577934245]),
        (["2020-01-02T03:04:05+02:00", "?"], ColumnType.TIME, [1577927045, None]),
        (["2020-13-45"], ColumnType.TEXT, ["2020-13-45"]),
        (["9223372036854775808"], ColumnType.FLOAT, [9.223372036854775808e18]),
        (["", None, "NaN"], ColumnType.EMPTY, [None, None, None]),
        (["1,000"], ColumnType.TEXT, ["1,000"]),
    ],
)
def test_a_column_is_of_the_narrowest_type_that_fits(
    texts: list[str], type_: ColumnType, values: list[Any]
) -> None:
    inference = TypeInference()
    column = pa.array(texts, pa.string())
    inference.add(column)

    assert inference.type is type_
    assert converted(column, type_).to_pylist() == values


def test_later_blocks_widen_the_type() -> None:
    inference = TypeInference()
    met = []
    for text in ("", "1", "2.5", "x", "3"):
        inference.add(pa.array([text]))
        met.append(inference.type.name)

    assert met == ["EMPTY", "INTEGER", "FLOAT", "TEXT", "TEXT"]


@pytest.mark.parametrize("mark", MISSING)
def test_what_stands_for_a_missing_number(mark: str) -> None:
    assert converted(pa.array([mark]), ColumnType.FLOAT).to_pylist() == [None]
