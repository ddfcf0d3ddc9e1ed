"""Whether feature columns are lowered: a switch for diagnosis."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextvars import ContextVar

from trainwright.errors import InvalidArgumentError

VARIABLE = "TRAINWRIGHT_LOWERING"

_lowered: ContextVar[bool | None] = ContextVar("lowered", default=None)


def lowering_enabled() -> bool:
    """Whether the graph being built may compute columns by gathers of dense ids.

    It may unless the environment variable ``TRAINWRIGHT_LOWERING`` is ``0``, or
    :func:`lowering` says otherwise.

    Raises:
        InvalidArgumentError: the variable is neither ``0`` nor ``1``.

    Example:
        >>> with lowering(False):
        ...     lowering_enabled()
        False
    """
    lowered = _lowered.get()
    if lowered is not None:
        return lowered
    value = os.environ.get(VARIABLE, "") or "1"
    if value not in ("0", "1"):
        raise InvalidArgumentError(f"{VARIABLE} must be 0 or 1. Got {value!r} instead.")
    return value == "1"


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
