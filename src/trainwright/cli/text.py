"""Text for people: safe to print, and short."""

from __future__ import annotations

import os
import time
from datetime import datetime, timezone

import click

from trainwright.errors import TrainwrightError

__all__ = [
    "ago",
    "byte_size",
    "cell_width",
    "duration",
    "error_lines",
    "iso_time",
    "local_time",
    "number",
    "printable",
]


def printable(text: str, *, keep: str = "") -> str:
    r"""Text without effect on a terminal: control and invisible characters are spelled out.

    Args:
        text: anything.
        keep: characters to leave as they are.

    Example:
        >>> printable("red \x1b[31m\n")
        'red \\x1b[31m\\n'
    """
    return "".join(
        character
        if character.isprintable() or character in keep
        else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def cell_width(text: str) -> int:
    """Terminal cells that a text takes.

    Example:
        >>> cell_width("abc"), cell_width("東京")
        (3, 4)
    """
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def error_lines(error: BaseException) -> list[str]:
    """An error for a person: title and message, then what to do about it."""
    if isinstance(error, TrainwrightError):
        title, message, hint = error.title, error.message, error.hint
    else:
        title, message = "Unexpected error", f"{type(error).__name__}: {error}"
        hint = "Run it again with -v for the traceback; it is a fault worth reporting."
    lines = [f"{styled(title, fg='red', bold=True)}: {printable(message, keep=chr(10))}"]
    if hint:
        lines.append(f"{styled('Hint', fg='cyan')}: {printable(hint, keep=chr(10))}")
    return lines


def styled(text: str, *, fg: str, bold: bool = False) -> str:
    """Coloured text; plain where the user wants none (https://no-color.org)."""
    return text if os.environ.get("NO_COLOR") else click.style(text, fg=fg, bold=bold)


def iso_time(ms: int) -> str:
    """A time in UTC as ISO 8601.

    Example:
        >>> iso_time(1_700_000_000_123)
        '2023-11-14T22:13:20.123Z'
    """
    moment = datetime.fromtimestamp(ms / 1000, tz=timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def local_time(ms: int, *, seconds: bool = False) -> str:
    """A time on the clock of this machine, to the minute or to the second."""
    pattern = "%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M"
    return time.strftime(pattern, time.localtime(ms / 1000))


def ago(ms: int, now_ms: int | None = None) -> str:
    """How long ago a time is, in its largest unit.

    Example:
        >>> ago(0, now_ms=7_300_000), ago(0, now_ms=400)
        ('2 h', '0 s')
    """
    now_ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    seconds = max(0, now_ms - ms) // 1000
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return "0 s"


def duration(seconds: float | None) -> str:
    """A time span in two units at most; empty for None.

    Example:
        >>> [duration(value) for value in (0.31, 9.4, 75, 3700, 90000, None)]
        ['0.3 s', '9.4 s', '1m 15s', '1h 01m', '1d 01h', '']
    """
    if seconds is None:
        return ""
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}m {rest:02d}s"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours}h {minutes:02d}m"
    days, hours = divmod(hours, 24)
    return f"{days}d {hours:02d}h"


def byte_size(count: int) -> str:
    """A number of bytes in the unit that suits it.

    Example:
        >>> [byte_size(count) for count in (1, 2_500, 3_000_000, 7_200_000_000)]
        ['1 byte', '2.5 kB', '3.0 MB', '7.2 GB']
    """
    if count < 1000:
        return f"{count} byte{'s' * (count != 1)}"
    power = min(4, (len(str(count)) - 1) // 3)
    return f"{count / 1000**power:.1f} {('kB', 'MB', 'GB', 'TB')[power - 1]}"


def number(value: float) -> str:
    """A number to about four digits, which is what a metric is good for.

    Example:
        >>> [number(value) for value in (0.7, 31.4159, 1234567.0, 3.21e-7)]
        ['0.7000', '31.416', '1,234,567', '3.21e-07']
    """
    size = abs(value)
    if size >= 1000:
        return f"{value:,.0f}"
    if size >= 1:
        return f"{value:.3f}"
    return f"{value:.4f}" if size >= 0.001 or size == 0 else f"{value:.3g}"
