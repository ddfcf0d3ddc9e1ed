"""How datasets are read while a run lasts, for code that cannot be told by an argument."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass

__all__ = ["InputSettings", "input_settings", "using_input"]


@dataclass(frozen=True)
class InputSettings:
    """How to read.

    Attributes:
        plain: leave ``tf.data.experimental.make_batched_features_dataset`` as TensorFlow has it.
        data_check: compare the first records with the schema before a run begins.
        max_bad_records: how many records that cannot be read or parsed to skip before giving up.
        cache_dir: where to keep parsed records on disk; None: nowhere.
    """

    plain: bool = False
    data_check: bool = True
    max_bad_records: int = 0
    cache_dir: str | None = None


_current: ContextVar[InputSettings] = ContextVar("input_settings")


def input_settings() -> InputSettings:
    """The settings in force."""
    return _current.get(InputSettings())


@contextlib.contextmanager
def using_input(settings: InputSettings) -> Iterator[None]:
    """Puts settings in force while the block runs.

    Example:
        >>> with using_input(InputSettings(plain=True)):
        ...     input_settings().plain
        True
        >>> input_settings().plain
        False
    """
    token = _current.set(settings)
    try:
        yield
    finally:
        _current.reset(token)
