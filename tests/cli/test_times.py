from __future__ import annotations

import time

import click
import pytest

from trainwright.cli.times import moment

OPTION = click.Option(["--since"])
CONTEXT = click.Context(click.Command("runs"))


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("2026-01-31T00:00:00Z", 1_769_817_600_000),
        ("2026-01-31T01:00:00+01:00", 1_769_817_600_000),
        ("1970-01-01T00:00:01+00:00", 1000),
    ],
)
def test_dates(text: str, ms: int) -> None:
    assert moment(CONTEXT, OPTION, text) == ms


def test_a_date_is_on_the_clock_of_this_machine() -> None:
    midnight = time.mktime((2026, 1, 31, 0, 0, 0, 0, 0, -1))
    assert moment(CONTEXT, OPTION, "2026-01-31") == int(midnight * 1000)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("5min", 300), ("2h", 7200), ("3 d", 259_200), ("1w", 604_800)],
)
def test_so_long_ago(monkeypatch: pytest.MonkeyPatch, text: str, seconds: int) -> None:
    monkeypatch.setattr("time.time_ns", lambda: 10**18)
    assert moment(CONTEXT, OPTION, text) == 10**12 - seconds * 1000


def test_never_before_1970() -> None:
    assert moment(CONTEXT, OPTION, "999999w") == 0
    assert moment(CONTEXT, OPTION, None) is None


@pytest.mark.parametrize("text", ["", "yesterday", "2h30", "-2h", "2026-13-01", "٣h"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is no time. Write how long ago"):
        moment(CONTEXT, OPTION, text)
