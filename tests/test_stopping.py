from __future__ import annotations

import os
import signal

import pytest

from trainwright.stopping import (
    Terminated,
    at_once,
    raise_if_wanted,
    stop_wanted,
    stopped_by_signals,
    until_safe,
)


@pytest.mark.parametrize(
    ("number", "error"), [(signal.SIGTERM, Terminated), (signal.SIGINT, KeyboardInterrupt)]
)
def test_a_signal_stops_what_runs(number: int, error: type[BaseException]) -> None:
    with pytest.raises(error), stopped_by_signals():
        os.kill(os.getpid(), number)
    assert not stop_wanted()
    raise_if_wanted()


def test_what_wants_to_come_to_a_safe_place_may() -> None:
    seen = []
    with pytest.raises(Terminated), stopped_by_signals(), until_safe():  # noqa: PT012
        os.kill(os.getpid(), signal.SIGTERM)
        seen.append(stop_wanted())
    assert seen == [True]


def test_parts_of_it_stop_at_once() -> None:
    seen = []
    with pytest.raises(KeyboardInterrupt), stopped_by_signals(), until_safe():  # noqa: PT012
        with at_once():
            seen.append("before")
        os.kill(os.getpid(), signal.SIGINT)
        with at_once():
            seen.append("after")
    assert seen == ["before"]


def test_handlers_are_those_of_before() -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    with stopped_by_signals():
        assert signal.getsignal(signal.SIGTERM) is not before[0]
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before
