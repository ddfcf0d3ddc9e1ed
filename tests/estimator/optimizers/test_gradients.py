from __future__ import annotations

from typing import Any

import pytest

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.optimizers.gradients import Clipping


@pytest.mark.parametrize("name", ["clipnorm", "clipvalue", "global_clipnorm"])
@pytest.mark.parametrize("limit", [-1.0, "1", float("nan")])
def test_limits_must_be_numbers_not_negative(name: str, limit: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=f"{name} of the optimizer must be"):
        Clipping(**{name: limit})


def test_one_norm_at_most() -> None:
    with pytest.raises(InvalidArgumentError, match="clipnorm or global_clipnorm, not both"):
        Clipping(clipnorm=1.0, global_clipnorm=1.0)


def test_no_limits_change_nothing() -> None:
    gradients = [object()]
    assert Clipping().apply(gradients) is gradients
    assert Clipping(clipvalue=0.5).limits() == {"clipvalue": 0.5}
