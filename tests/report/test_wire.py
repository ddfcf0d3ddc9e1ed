from __future__ import annotations

import pytest

from trainwright.errors import DataError
from trainwright.report.wire import fields, number, signed, text, varint


@pytest.mark.parametrize(
    "data", [b"\x08", b"\x08" + b"\xff" * 11, b"\x12\x05ab", b"\x0b", b"\x0d\x00\x00"]
)
def test_what_is_no_message_is_told(data: bytes) -> None:
    with pytest.raises(DataError, match="No protocol buffer"):
        list(fields(data))


def test_the_last_value_counts() -> None:
    assert number(b"\x08\x01\x08\x02", 1) == 2
    assert number(b"", 1, default=7) == 7
    assert text(b"\x0a\x01a\x0a\x01b", 1) == "b"
    assert signed(5) == 5


def test_varints_may_be_long() -> None:
    assert varint(b"\xff" * 9 + b"\x01", 0) == (2**64 - 1, 10)
