"""Which model an Estimator is to start from with all that it has, not its weights alone.

The executors say it, and the estimator acts on it; neither knows the other, and saying it does
not import TensorFlow.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

__all__ = ["is_whole", "starting_whole"]

_whole_model: ContextVar[str | None] = ContextVar("whole_model", default=None)


@contextlib.contextmanager
def starting_whole(path: str | None) -> Iterator[None]:
    """Estimators made while the block runs start from all that one model has.

    By itself ``warm_start_from`` takes trainable variables. Of this one model the optimizer's
    slots and the moving averages come along, where the checkpoint has them in the same shape.
    What counts steps, and the hyperparameters of optimizers, begin anew. Settings that choose
    variables or name vocabularies are followed as they are.

    Args:
        path: the model, as it is given as ``warm_start_from``; None: nothing changes.

    Example:
        >>> with starting_whole("run/model"):
        ...     is_whole("run/model"), is_whole("other")
        (True, False)
    """
    token = _whole_model.set(path)
    try:
        yield
    finally:
        _whole_model.reset(token)


def is_whole(path: str) -> bool:
    """Whether a model is to be taken with all that it has."""
    return path == _whole_model.get()
