"""What TensorBoard event files hold: numbers by step, and curves of precision and recall.

An event file is a TFRecord file of Event messages, tensorflow/core/util/event.proto: ``wall_time``
1, ``step`` 2, ``summary`` 5. A Summary (tensorflow/core/framework/summary.proto) has ``value`` 1,
that ``tag`` 1, ``simple_value`` 2, ``tensor`` 8, ``metadata`` 9; a TensorProto has ``dtype`` 1,
``tensor_shape`` 2, ``tensor_content`` 4, ``float_val`` 5, ``double_val`` 6.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from trainwright.data.tfrecord import read_records
from trainwright.errors import DataError
from trainwright.report.wire import fields, floats, messages, number, signed, text

__all__ = ["Recorded", "find_event_files", "read_events"]

_FLOAT, _DOUBLE = 1, 2


class Recorded(NamedTuple):
    """One value that was recorded.

    Attributes:
        tag: its name.
        step: the global step.
        values: one number, or those of a tensor, row by row.
        plugin: the part of TensorBoard that shows it; empty for a plain number.
    """

    tag: str
    step: int
    values: list[float]
    plugin: str


def find_event_files(folder: Path) -> dict[str, list[Path]]:
    """The event files below a directory, oldest first, by their directory relative to it."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*tfevents*"), key=lambda path: path.name):
        if path.is_file():
            found.setdefault(path.parent.relative_to(folder).as_posix(), []).append(path)
    return found


def read_events(path: Path) -> Iterator[Recorded]:
    """Yields what is recorded as floating-point numbers.

    A file that was cut off, or is damaged, ends there.

    Args:
        path: an event file.
    """
    with contextlib.suppress(DataError):
        for record in read_records(path):
            step, summaries = 0, []
            for field, value in fields(record):
                if field == 2 and isinstance(value, int):
                    step = signed(value)
                elif field == 5 and isinstance(value, bytes):
                    summaries.append(value)
            for summary in summaries:
                yield from _recorded(summary, step)


def _recorded(summary: bytes, step: int) -> Iterator[Recorded]:
    for value in messages(summary, 1):
        plugins = [text(data, 1) for data in messages(value, 9, 1)]
        values = [floats(data, "f")[0] for data in messages(value, 2) if len(data) == 4]
        for tensor in messages(value, 8):
            values = _tensor(tensor)
        if values:
            yield Recorded(text(value, 1), step, values, plugins[0] if plugins else "")


def _tensor(data: bytes) -> list[float]:
    kind = {_FLOAT: "f", _DOUBLE: "d"}.get(number(data, 1))
    if kind is None:
        return []
    values: list[float] = []
    for field, value in fields(data):
        if field in (4, 5 if kind == "f" else 6) and isinstance(value, bytes):
            values += floats(value, kind)
    return values
