"""Waiting for servers that are away for a while, and for others to get out of the way."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from trainwright.events import announce
from trainwright.lineage.failures import is_conflict, is_outage, is_starting
from trainwright.lineage.location import Location

__all__ = ["patiently"]

PATIENCE_SECONDS = 90.0
"""How long a server may be away before it is given up."""
_MOST_CONFLICTS = 10
_LONGEST_PAUSE_SECONDS = 2.0

T = TypeVar("T")


def patiently(location: Location, attempt: Callable[[], T], *, starting_only: bool = False) -> T:
    """Tries until it succeeds, as long as there is hope that it may.

    A transaction that a server's end or another process broke off is done again from its
    beginning; so ``attempt`` must do no harm when an earlier attempt has succeeded
    without anybody being told.

    Args:
        location: the database, for messages.
        attempt: what to do.
        starting_only: give up at once where nobody answers at all; wait only for a server that
            says it cannot serve just now.

    Raises:
        sqlalchemy.exc.DBAPIError: there is no hope, or not for :data:`PATIENCE_SECONDS`.
    """
    deadline: float | None = None
    conflicts = 0
    pause = 0.05
    while True:
        try:
            return attempt()
        except DBAPIError as error:
            if is_conflict(error) and conflicts < _MOST_CONFLICTS:
                conflicts += 1
            elif not (is_starting(error) if starting_only else is_outage(error)):
                raise
            else:
                now = time.monotonic()
                deadline = deadline or _announced_deadline(location, now)
                if now > deadline:
                    raise
        time.sleep(pause * random.uniform(0.5, 1.0))
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)


def _announced_deadline(location: Location, now: float) -> float:
    announce.on_warning(
        f"The lineage database {location.name} does not answer: waiting for it, up to "
        f"{PATIENCE_SECONDS:.0f} s."
    )
    return now + PATIENCE_SECONDS
