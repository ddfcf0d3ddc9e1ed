"""Reading fast what module files read with ``make_batched_features_dataset``."""

from __future__ import annotations

import contextlib
import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from trainwright.compat.finder import ImportWatcher
from trainwright.data.input_settings import input_settings
from trainwright.events import announce

__all__ = ["faster_input"]

_NAME = "make_batched_features_dataset"


@contextlib.contextmanager
def faster_input() -> Iterator[None]:
    """While the block runs, ``tf.data.experimental.make_batched_features_dataset`` reads in blocks.

    A call that would then mean something else is TensorFlow's own, and so are all where
    :class:`~trainwright.data.input_settings.InputSettings` ask for it. What a module imported
    meanwhile it keeps.
    """
    if input_settings().plain:
        yield
        return
    replacement = _Replacement()
    watcher = ImportWatcher({"tensorflow": replacement.apply})
    sys.meta_path.insert(0, watcher)
    if "tensorflow" in sys.modules:
        replacement.apply(sys.modules["tensorflow"])
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):  # somebody has rebuilt the list without it
            sys.meta_path.remove(watcher)
        replacement.undo()


class _Replacement:
    """Puts our function in the place of TensorFlow's, and back."""

    def __init__(self) -> None:
        self._owner: Any = None
        self._theirs: Any = None
        self._ours: Any = None

    def apply(self, tensorflow: ModuleType) -> None:
        self._owner = tensorflow.data.experimental
        self._theirs = getattr(self._owner, _NAME)
        self._ours = _reading_in_blocks(self._theirs)
        setattr(self._owner, _NAME, self._ours)

    def undo(self) -> None:
        if self._ours is not None and getattr(self._owner, _NAME) is self._ours:
            setattr(self._owner, _NAME, self._theirs)


def _reading_in_blocks(theirs: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, which reads in blocks where that means the same."""
    announced = False

    @functools.wraps(theirs)
    def make_batched_features_dataset(*args: Any, **kwargs: Any) -> Any:
        from trainwright.data.batched_features import batched_features

        nonlocal announced
        try:
            call = inspect.signature(batched_features).bind(*args, **kwargs)
        except TypeError:
            return theirs(*args, **kwargs)  # which tells what is wrong
        ours = batched_features(*call.args, **call.kwargs)
        if ours is None:
            return theirs(*args, **kwargs)
        if not announced:
            announced = True
            announce.on_note(
                f"{_NAME} reads in blocks, for speed; --plain-input leaves it to TensorFlow"
            )
        return ours

    return make_batched_features_dataset
