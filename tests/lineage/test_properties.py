from __future__ import annotations

import pytest

from trainwright.lineage import get_run


@pytest.mark.parametrize(
    ("value", "column"),
    [
        (7, "int_value"),
        (-(2**63), "int_value"),
        (0.5, "double_value"),
        ("text", "string_value"),
        ("", "string_value"),
        (b"\x00\xff", "byte_value"),
        (True, "bool_value"),
        (False, "bool_value"),
    ],
)
def test_values_come_back_from_the_column_of_their_type(recording, value, column) -> None:
    run = recording.begin(thing=value)
    found = get_run(recording.store, run).execution.properties["thing"]
    assert found == value
    assert type(found) is type(value)
    query = f"SELECT count({column}) FROM ExecutionProperty WHERE name = 'thing'"
    assert recording.rows(query) == [(1,)]


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (2**63, str(2**63)),
        ("a\x00b", "a\\x00b"),
        ("name-\udcff", "name-\\udcff"),
    ],
)
def test_what_databases_cannot_keep_is_spelled_out(recording, value, kept) -> None:
    run = recording.begin(thing=value)
    assert get_run(recording.store, run).execution.properties["thing"] == kept


def test_later_values_replace_earlier_ones(recording) -> None:
    run = recording.begin(steps=1, other="stays")
    recording.complete(run, steps=2.5)
    properties = get_run(recording.store, run).execution.properties
    assert properties == {"steps": 2.5, "other": "stays"}


def test_more_properties_than_one_statement_takes(recording) -> None:
    many = {f"p{number:04d}": number for number in range(1200)}
    run = recording.begin(**many)
    assert get_run(recording.store, run).execution.properties == many
