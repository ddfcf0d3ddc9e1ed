"""What has been read with which feature spec, to explain a parse that fails later."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

__all__ = ["Reading", "note_reading", "noted_readings", "noting_readings"]

_MOST = 64


@dataclass(frozen=True)
class Reading:
    """One dataset.

    Attributes:
        files: the TFRecord files that it reads.
        spec: how it parses their records.
    """

    files: tuple[str, ...]
    spec: Mapping[str, Any]


_readings: ContextVar[list[Reading] | None] = ContextVar("readings", default=None)


@contextlib.contextmanager
def noting_readings() -> Iterator[None]:
    """While the block runs, datasets that are made are remembered."""
    token = _readings.set([])
    try:
        yield
    finally:
        _readings.reset(token)


def note_reading(files: Sequence[str], spec: Mapping[str, Any]) -> None:
    """Remembers what a dataset reads, the same only once."""
    readings = _readings.get()
    if readings is not None:
        reading = Reading(tuple(files), spec)
        if reading not in readings:
            readings.append(reading)
            del readings[:-_MOST]


def noted_readings() -> list[Reading]:
    """What has been remembered, the oldest first."""
    return list(_readings.get() or ())
