from __future__ import annotations

import threading

import pytest

from trainwright.estimator.engine import tiny_numbers
from trainwright.estimator.engine.tiny_numbers import can_be_zero, taken_for_zero

TINY = 1e-310


def halved() -> float:
    return TINY * 0.5


@pytest.mark.skipif(not can_be_zero(), reason="this machine is not known")
def test_numbers_are_as_before_after_the_block() -> None:
    others = []
    thread = threading.Thread(target=lambda: others.append(halved()))
    with taken_for_zero():
        with taken_for_zero():
            assert halved() == 0.0
        assert halved() == 0.0
    assert halved() > 0.0
    thread.start()
    thread.join()
    assert others == [halved()]


def test_nothing_happens_on_other_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiny_numbers, "_libm", lambda: None)
    with taken_for_zero():
        assert halved() > 0.0
