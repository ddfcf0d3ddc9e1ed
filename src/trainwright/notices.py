"""Telling the user of what works, but not as they may believe."""

from __future__ import annotations

import warnings

from trainwright.errors import TrainwrightWarning
from trainwright.events import announce

__all__ = ["notify"]


def notify(message: str, *, stacklevel: int = 3) -> None:
    """Warns, and tells the run's observers.

    Args:
        message: what happens, and its cure.
        stacklevel: as for ``warnings.warn``, counted from here; 3 is the caller's caller.
    """
    announce.on_warning(message)
    warnings.warn(message, TrainwrightWarning, stacklevel=stacklevel)
