from __future__ import annotations

import numpy as np
import pytest

from trainwright.estimator.inputs.order import RowOrder


@pytest.mark.parametrize("size", [1, 3, 7, 20])
def test_every_epoch_has_each_row_once(size: int) -> None:
    order = RowOrder(7, seed=[1, 2])
    read = np.concatenate([order.between(start, start + size) for start in range(0, 140, size)])
    epochs = read[:140].reshape(20, 7)
    assert all(sorted(epoch) == list(range(7)) for epoch in epochs.tolist())
    assert len({tuple(epoch) for epoch in epochs.tolist()}) > 15


def test_the_order_follows_from_the_seed() -> None:
    first, same, other = (RowOrder(50, seed).between(0, 100).tolist() for seed in ([1], [1], [2]))
    assert first == same != other


def test_any_place_can_be_read_first() -> None:
    order = RowOrder(10, seed=[3])
    assert order.between(25, 27).tolist() == RowOrder(10, seed=[3]).between(20, 30)[5:7].tolist()
