"""What a run tells whoever watches it.

The estimator, the executor and the launcher announce what they do; progress displays, the
lineage record and reports listen. Neither side knows the other: both know this module, which
imports nothing of TensorFlow.

Example:
    >>> class Steps(RunObserver):
    ...     def on_steps(self, step, loss, examples):
    ...         print(step, loss)
    >>> with observing(Steps()):
    ...     announce.on_steps(step=1, loss=0.5, examples=32)
    1 0.5
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import Any

__all__ = ["RunObserver", "announce", "observing"]


class RunObserver:
    """Does nothing at every event; override what you want to hear of.

    Observers run inside the training loop: return quickly and do not raise. All of them are
    called from the thread that trains.
    """

    def on_stage(self, name: str) -> None:
        """A named part of the run begins.

        Args:
            name: a short phrase to show a person, such as ``"loading module.py"``.
        """

    def on_train_begin(self, start_step: int, stop_step: int | None, model_dir: str) -> None:
        """A training loop begins.

        Args:
            start_step: the global step it starts from.
            stop_step: the global step it is to stop at; None: when the input ends.
            model_dir: where checkpoints go.
        """

    def on_steps(self, step: int, loss: float, examples: int | None) -> None:
        """One or more training steps are done.

        Args:
            step: the global step now.
            loss: the loss of the last of them.
            examples: examples they read; None where that is unknown.
        """

    def on_resumed(self, step: int, examples: int | None, seconds: float) -> None:
        """A training loop goes on where an earlier one had stopped.

        Args:
            step: the global step it goes on from.
            examples: examples read until there; None where that is unknown.
            seconds: how long that took.
        """

    def on_input_end(self, step: int) -> None:
        """The training input has ended, at this global step."""

    def on_short(self, step: int, asked: int) -> None:
        """The training input has ended too early, and that is accepted.

        Args:
            step: the global step that was reached.
            asked: the one that was asked for.
        """

    def on_input_wait(self, seconds: float) -> None:
        """Training steps have waited so long for their input, since this was last announced."""

    def on_train_end(self, step: int) -> None:
        """A training loop has ended normally, at this global step."""

    def on_checkpoint(self, path: str, step: int) -> None:
        """A checkpoint is complete on disk.

        Args:
            path: its prefix, as in ``.../model.ckpt-100``.
            step: its global step.
        """

    def on_evaluation_begin(self, name: str | None, steps: int | None, step: int) -> None:
        """An evaluation begins.

        Args:
            name: the evaluation's name, None for the only one.
            steps: batches it will read; None: until its input ends.
            step: global step of the checkpoint it evaluates.
        """

    def on_evaluation_step(self, done: int) -> None:
        """An evaluation has read this many batches."""

    def on_evaluation_end(
        self, name: str | None, metrics: Mapping[str, Any], step: int, seconds: float
    ) -> None:
        """An evaluation has ended.

        Args:
            name: the evaluation's name, None for the only one.
            metrics: its results by name, ``loss`` and ``global_step`` among them.
            step: global step of the checkpoint it evaluated.
            seconds: how long it took.
        """

    def on_export(self, name: str, path: str) -> None:
        """A model has been exported.

        Args:
            name: the exporter's name.
            path: the SavedModel's directory.
        """

    def on_note(self, message: str) -> None:
        """Something the user may want to know, such as why a run was not cached."""

    def on_skipped_records(self, count: int, shown: Sequence[str]) -> None:
        """The run has ended, and has skipped bad records.

        Args:
            count: how many; each counts once, in however many epochs it was come to.
            shown: what was wrong with the first ones.
        """

    def on_warning(self, message: str) -> None:
        """Something the user should know of, but that does not stop the run."""


_observers: ContextVar[tuple[RunObserver, ...]] = ContextVar("observers", default=())


@contextlib.contextmanager
def observing(*observers: RunObserver) -> Iterator[None]:
    """While the block runs, these observers hear all events, after those already listening."""
    token = _observers.set(_observers.get() + observers)
    try:
        yield
    finally:
        _observers.reset(token)


class _Announcer(RunObserver):
    """Hands each event on to every observer of the current context."""

    def on_stage(self, name: str) -> None:
        for observer in _observers.get():
            observer.on_stage(name)

    def on_train_begin(self, start_step: int, stop_step: int | None, model_dir: str) -> None:
        for observer in _observers.get():
            observer.on_train_begin(start_step, stop_step, model_dir)

    def on_steps(self, step: int, loss: float, examples: int | None) -> None:
        for observer in _observers.get():
            observer.on_steps(step, loss, examples)

    def on_resumed(self, step: int, examples: int | None, seconds: float) -> None:
        for observer in _observers.get():
            observer.on_resumed(step, examples, seconds)

    def on_input_end(self, step: int) -> None:
        for observer in _observers.get():
            observer.on_input_end(step)

    def on_short(self, step: int, asked: int) -> None:
        for observer in _observers.get():
            observer.on_short(step, asked)

    def on_input_wait(self, seconds: float) -> None:
        for observer in _observers.get():
            observer.on_input_wait(seconds)

    def on_train_end(self, step: int) -> None:
        for observer in _observers.get():
            observer.on_train_end(step)

    def on_checkpoint(self, path: str, step: int) -> None:
        for observer in _observers.get():
            observer.on_checkpoint(path, step)

    def on_evaluation_begin(self, name: str | None, steps: int | None, step: int) -> None:
        for observer in _observers.get():
            observer.on_evaluation_begin(name, steps, step)

    def on_evaluation_step(self, done: int) -> None:
        for observer in _observers.get():
            observer.on_evaluation_step(done)

    def on_evaluation_end(
        self, name: str | None, metrics: Mapping[str, Any], step: int, seconds: float
    ) -> None:
        for observer in _observers.get():
            observer.on_evaluation_end(name, metrics, step, seconds)

    def on_export(self, name: str, path: str) -> None:
        for observer in _observers.get():
            observer.on_export(name, path)

    def on_note(self, message: str) -> None:
        for observer in _observers.get():
            observer.on_note(message)

    def on_skipped_records(self, count: int, shown: Sequence[str]) -> None:
        for observer in _observers.get():
            observer.on_skipped_records(count, shown)

    def on_warning(self, message: str) -> None:
        for observer in _observers.get():
            observer.on_warning(message)


announce: RunObserver = _Announcer()
"""Call its methods to tell every observer of the current context."""
