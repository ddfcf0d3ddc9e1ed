"""Inputs that are read in passes: so many batches from the beginning, again and again.

An evaluation of each checkpoint reads its input from the beginning. To start its iterator anew
takes tf.data longer than to read some hundred batches. A dataset that begins anew by itself after
so many batches needs not be started again; those of ours can tell of one that does.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = [
    "Passes",
    "are_passes_expected",
    "can_be_read_in_passes",
    "expecting_passes",
    "passes_of",
]

_expected: ContextVar[bool] = ContextVar("passes_expected", default=False)
_known: WeakKeyDictionary[Any, Passes] = WeakKeyDictionary()


@dataclass(frozen=True)
class Passes:
    """How a dataset is read in passes.

    Args:
        dataset_of: makes the dataset that begins anew after so many batches, which must not be
            more than the dataset has. Each pass is what a new iterator would give.
        contents: something that is equal as long as what is read stays the same; None: nobody
            knows.
    """

    dataset_of: Callable[[int], tf.data.Dataset]
    contents: Callable[[], Any]


@contextlib.contextmanager
def expecting_passes() -> Iterator[None]:
    """While the block runs, datasets are made for passes.

    Example:
        >>> with expecting_passes():
        ...     are_passes_expected()
        True
    """
    token = _expected.set(True)
    try:
        yield
    finally:
        _expected.reset(token)


def are_passes_expected() -> bool:
    """Whether datasets are being made for passes.

    Example:
        >>> are_passes_expected()
        False
    """
    return _expected.get()


def can_be_read_in_passes(dataset: tf.data.Dataset, passes: Passes) -> None:
    """Remembers that a dataset, as it is, can be read in passes."""
    _known[dataset] = passes


def passes_of(dataset: tf.data.Dataset) -> Passes | None:
    """How a dataset is read in passes; None where it cannot be, or something was added to it."""
    return _known.get(dataset)
