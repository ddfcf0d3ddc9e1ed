from __future__ import annotations

import pytest

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.columns.switch import VARIABLE, lowering, lowering_enabled


@pytest.mark.parametrize(("value", "enabled"), [(None, True), ("1", True), ("0", False)])
def test_the_environment_decides(
    monkeypatch: pytest.MonkeyPatch, value: str | None, enabled: bool
) -> None:
    if value is None:
        monkeypatch.delenv(VARIABLE, raising=False)
    else:
        monkeypatch.setenv(VARIABLE, value)
    assert lowering_enabled() is enabled


def test_other_values_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "off")
    with pytest.raises(InvalidArgumentError, match="must be 0 or 1. Got 'off'"):
        lowering_enabled()


def test_the_context_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "0")
    with lowering(True):
        assert lowering_enabled()
        with lowering(False):
            assert not lowering_enabled()
        assert lowering_enabled()
    assert not lowering_enabled()
