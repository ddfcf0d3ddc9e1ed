"""Whether feature columns are lowered: a switch for diagnosis."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextvars import ContextVar

VARIABLE = "TRAINWRIGHT_LOWERING"

_lowered: ContextVar[bool | None] = ContextVar("lowered", default=None)


def lowering_enabled() -> bool:
    """Whether the graph being built may compute columns by gathers of dense ids.

    It may unless the environment variable ``TRAINWRIGHT_LOWERING`` is ``0``, or
    :func:`lowering` says otherwise.

    Example:
        >>> with lowering(False):
        ...     lowering_enabled()
        False
    """
    lowered = _lowered.get()
    return os.environ.get(VARIABLE, "1") != "0" if lowered is None else lowered


@contextlib.contextmanager
def lowering(enabled: bool) -> Iterator[None]:
    """Within it, graphs are built with columns lowered where possible, or never.

    Args:
        enabled: goes before the environment variable.
    """
    token = _lowered.set(enabled)
    try:
        yield
    finally:
        _lowered.reset(token)
