"""In which order the rows of arrays are read."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np


class RowOrder:
    """The endless sequence of row numbers: one epoch after the other.

    Args:
        rows: how many there are, at least 1.
        seed: numbers that determine the order of each epoch; None: as they are stored.

    Example:
        >>> RowOrder(3).between(1, 5).tolist()
        [1, 2, 0, 1]
        >>> shuffled = RowOrder(3, seed=[7]).between(0, 6)
        >>> sorted(shuffled[:3].tolist()), sorted(shuffled[3:].tolist())
        ([0, 1, 2], [0, 1, 2])
    """

    def __init__(self, rows: int, seed: Sequence[int] | None = None):
        self._rows = rows
        self._seed = seed
        # A batch may end one epoch and begin the next.
        self._permutation = functools.lru_cache(maxsize=2)(self._draw)

    def between(self, start: int, stop: int) -> np.ndarray:
        """The row numbers at these places of the sequence, int64 ``[stop - start]``.

        Args:
            start: the first place, from 0.
            stop: the place after the last, more than ``start``.
        """
        if self._seed is None:
            return np.arange(start, stop) % self._rows
        epochs = range(start // self._rows, (stop - 1) // self._rows + 1)
        parts = []
        for epoch in epochs:
            first = epoch * self._rows
            parts.append(self._permutation(epoch)[max(start - first, 0) : stop - first])
        return np.concatenate(parts)

    def _draw(self, epoch: int) -> np.ndarray:
        assert self._seed is not None
        return np.random.default_rng([*self._seed, epoch]).permutation(self._rows)
