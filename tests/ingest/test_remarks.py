from __future__ import annotations

import pyarrow as pa
import pytest

from trainwright.ingest.column_types import ColumnType, TypeInference
from trainwright.ingest.remarks import remarks_on_names


@pytest.mark.parametrize(
    ("values", "remark"),
    [
        (["1", "2", "3", "x" * 99], "1 of 4 values is not a number, such as 'xxx"),
        (["1", "2", "x", "3", "y"], "2 of 5 values are not numbers, such as 'x'"),
        (["$1", "-$2.50", "$1,234.00"], "amounts with a sign"),
        (["5%", "2.5 %"], "amounts with a sign"),
        (["1,234", "999", "1,234,567.8"], "commas between thousands"),
        (["1,5", "12", "0,25"], "a decimal comma"),
        (["31/12/2024", "1.2.2024 10:00"], "dates in a form that is not read"),
        (["Dec 31, 2024", "1 March 2024"], "dates in a form that is not read"),
        (["10:30", "11:45:10 pm"], "times of day"),
        (["01234", "00042"], ""),
        (["Rome", "Oslo", "7"], ""),
    ],
)
def test_text_that_may_be_a_mistake(values: list[str], remark: str) -> None:
    inference = TypeInference()
    for value in values:  # in blocks of one
        inference.add(pa.array([value, ""]))

    assert inference.type is ColumnType.TEXT
    assert remark in inference.remark
    assert bool(remark) == bool(inference.remark)


def test_nothing_is_said_of_what_is_read() -> None:
    inference = TypeInference()
    inference.add(pa.array(["1", "2.5", "NA"]))
    assert inference.remark == ""


def test_names() -> None:
    assert remarks_on_names(["2019", "2020", "city"]) == {}
    assert "one column" in remarks_on_names(["a b c"])
