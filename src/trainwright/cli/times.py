"""Points in time as people write them on a command line."""

from __future__ import annotations

import re
import time
from datetime import datetime

import click

__all__ = ["moment"]

_UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


def moment(context: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    """The value of an option that is a time: milliseconds since 1970.

    It is written as so long ago (``2h``), or as a date with or without a time of day, on this
    machine's clock unless it names another.

    Raises:
        BadParameter: it is neither.
    """
    if value is None:
        return None
    found = re.fullmatch(r"([0-9]{1,9})\s*(s|min|h|d|w)", value)
    if found:
        seconds = int(found[1]) * _UNITS[found[2]]
        return max(0, time.time_ns() // 1_000_000 - seconds * 1000)
    try:
        # Python 3.10 does not know Z.
        return int(datetime.fromisoformat(re.sub(r"Z$", "+00:00", value)).timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        raise click.BadParameter(
            f"{value!r} is no time. Write how long ago, as 30min, 2h, 3d or 1w, or a date, as "
            "2026-01-31 or 2026-01-31T18:00."
        ) from None
