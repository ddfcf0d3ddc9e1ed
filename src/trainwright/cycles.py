"""Python's search for unreachable cycles, kept rare while a program starts.

Importing TensorFlow and building a graph make some 100,000 objects that stay. Python looks through
the young ones for cycles at every 700, and now and then through all of them: a quarter of the time
that the import takes. Nothing of that is found there. Objects not in cycles are freed
at once, always.

This module imports nothing but ``gc``.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

__all__ = ["collect_as_usual", "few_collections"]

_FEW = (50_000, 20, 100)
"""Thresholds as ``gc.set_threshold`` takes them. So many small objects take some MB."""
_FROZEN_BY_PYTHON = gc.get_freeze_count()
"""Python 3.12 itself begins with some objects that are never searched; more are somebody's own."""


class _Usual:
    """The thresholds to go back to; None where they are in force."""

    thresholds: tuple[int, int, int] | None = None


@contextlib.contextmanager
def few_collections() -> Iterator[None]:
    """While the block runs, or until :func:`collect_as_usual`, cycles are seldom looked for.

    Does nothing inside of another such block, nor where somebody looks for them no more often.

    Example:
        >>> usual = gc.get_threshold()
        >>> with few_collections():
        ...     gc.get_threshold()
        (50000, 20, 100)
        >>> gc.get_threshold() == usual
        True
    """
    thresholds = gc.get_threshold()
    if _Usual.thresholds is not None or not 0 < thresholds[0] < _FEW[0]:
        yield
        return
    _Usual.thresholds = thresholds
    gc.set_threshold(*_FEW)
    try:
        yield
    finally:
        collect_as_usual()


def collect_as_usual() -> None:
    """Ends what :func:`few_collections` does: from here on, objects come and go.

    Thresholds that somebody else has set meanwhile stay.
    """
    usual, _Usual.thresholds = _Usual.thresholds, None
    if usual is None or gc.get_threshold() != _FEW:
        return
    if gc.get_freeze_count() <= _FROZEN_BY_PYTHON:
        # All that there is counts as old now. As young objects they would be searched at once.
        gc.freeze()
        gc.unfreeze()
    gc.set_threshold(*usual)
