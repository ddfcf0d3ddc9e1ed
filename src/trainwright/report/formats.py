"""Numbers, times and sizes as people read them."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from typing import Any

__all__ = ["byte_size", "count", "duration", "moment", "number", "percent", "plain"]

_UNITS = ("kB", "MB", "GB", "TB")


def number(value: Any) -> str:
    """A number to four digits or so; other values as they are.

    Example:
        >>> [number(value) for value in (0.80514, 1234567.8, 3.2e-7, 12.0, float("nan"), "x")]
        ['0.8051', '1,234,568', '3.2e-07', '12', 'nan', 'x']
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    if not math.isfinite(value):
        return str(value)
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{value:,.0f}"
    size = abs(value)
    if size >= 1000:
        return f"{value:,.0f}"
    if size >= 100:
        return f"{value:.1f}"
    if size >= 1:
        return f"{value:.3f}"
    return f"{value:.4f}" if size >= 0.001 or size == 0 else f"{value:.3g}"


def count(value: float) -> str:
    """How many, with commas; sums of weights to one digit after the point.

    Example:
        >>> count(65276.0), count(1.5)
        ('65,276', '1.5')
    """
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def percent(share: float) -> str:
    """A share of a whole.

    Example:
        >>> [percent(share) for share in (0, 0.00004, 0.0734, 0.5, 1)]
        ['0%', '<0.1%', '7.3%', '50.0%', '100%']
    """
    if share in (0, 1):
        return f"{share:.0%}"
    return "<0.1%" if share < 0.001 else f"{share:.1%}"


def duration(seconds: float) -> str:
    """A time span in its two largest units.

    Example:
        >>> [duration(seconds) for seconds in (0.31, 75, 3700, 90000)]
        ['0.3 s', '1 min 15 s', '1 h 1 min', '1 d 1 h']
    """
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    left = round(seconds)
    parts: list[str] = []
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        whole, left = divmod(left, size)
        if whole or parts:
            parts.append(f"{whole} {unit}")
    return " ".join(part for part in parts[:2] if not part.startswith("0 "))


def byte_size(size: int) -> str:
    """A number of bytes.

    Example:
        >>> byte_size(1), byte_size(2_500_000)
        ('1 byte', '2.5 MB')
    """
    if size < 1000:
        return f"{size} byte{'s' * (size != 1)}"
    power = min(len(_UNITS), (len(str(size)) - 1) // 3)
    return f"{size / 1000**power:.1f} {_UNITS[power - 1]}"


def moment(ms: int) -> str:
    """A time in UTC, to the second.

    Example:
        >>> moment(1_700_000_000_000)
        '2023-11-14 22:13:20 UTC'
    """
    return datetime.fromtimestamp(ms / 1000, tz=timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")


def plain(text: Any) -> str:
    r"""Text without invisible characters, which browsers would drop or obey; those are spelled out.

    Example:
        >>> plain("a\x1b[31m\u202eb\nc")
        'a\\x1b[31m\\u202eb\nc'
    """
    shown = str(text)
    if shown.isprintable():
        return shown
    return "".join(
        one if one.isprintable() or one in "\n\t" else one.encode("unicode_escape").decode("ascii")
        for one in shown
    )
