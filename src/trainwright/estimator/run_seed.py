"""A seed for what the user has set no seed for, so that a training can be gone on with."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

_seed: ContextVar[int | None] = ContextVar("run_seed", default=None)


def run_seed() -> int | None:
    """The seed of the training whose graph is being built; None outside of one.

    Example:
        >>> with seeded_by(7):
        ...     run_seed()
        7
    """
    return _seed.get()


@contextlib.contextmanager
def seeded_by(seed: int) -> Iterator[None]:
    """While the block runs, :func:`run_seed` is this."""
    token = _seed.set(seed)
    try:
        yield
    finally:
        _seed.reset(token)
