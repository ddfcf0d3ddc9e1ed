from __future__ import annotations

import pytest

from trainwright.data.bad_records import BadRecords, counting_bad_records, current_bad_records
from trainwright.data.input_settings import InputSettings, using_input
from trainwright.errors import CorruptRecordError, DataError


def test_each_is_counted_once() -> None:
    bad = BadRecords(2)
    for _ in range(3):
        bad.damaged(CorruptRecordError("a", 3, 70, "it is cut"))
        bad.unparsable("a", b"x", "no Example")
    assert bad.count == 2
    assert bad.shown[1] == "A record of a cannot be parsed: no Example."
    with pytest.raises(DataError, match=r"More than 2 records .* b is damaged") as caught:
        bad.damaged(CorruptRecordError("b", 0, 0, "it is cut"))
    assert bad.problem is caught.value
    assert bad.stop(DataError("later")) is caught.value


def test_datasets_of_a_run_count_together() -> None:
    assert current_bad_records() is None
    with using_input(InputSettings(max_bad_records=3)):
        assert current_bad_records() is not current_bad_records()
        with counting_bad_records() as bad:
            assert current_bad_records() is bad
            assert bad.limit == 3
    with counting_bad_records():
        assert current_bad_records() is None
