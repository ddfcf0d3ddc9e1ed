from __future__ import annotations

import pytest

from trainwright.cli.text import ago, duration, error_lines, number, printable
from trainwright.errors import InvalidArgumentError


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ünïcödé 東京", "plain ünïcödé 東京"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("a\r\nb\tc", "a\\r\\nb\\tc"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\x9b31m", "\\x9b31m"),
        ("name-\udcff", "name-\\udcff"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_printable_can_keep_line_breaks() -> None:
    assert printable("a\nb\x1b", keep="\n") == "a\nb\\x1b"


@pytest.mark.parametrize(
    ("ms", "shown"),
    [(0, "0 s"), (59_999, "59 s"), (60_000, "1 min"), (86_400_000 * 400, "400 d"), (-5, "0 s")],
)
def test_ago(ms: int, shown: str) -> None:
    assert ago(0, now_ms=ms) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(59.94, "59.9 s"), (59.96, "1m 00s"), (3599.6, "1h 00m")]
)
def test_durations_are_rounded_once(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "0.0000"), (float("nan"), "nan"), (float("inf"), "inf"), (-2.5, "-2.500")],
)
def test_numbers(value: float, shown: str) -> None:
    assert number(value) == shown


def test_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    error = InvalidArgumentError("Bad.")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert error_lines(error)[0].startswith("\x1b[")
    monkeypatch.setenv("NO_COLOR", "1")
    assert error_lines(error) == ["Invalid argument: Bad."]
