"""Going on with a training as if it had not stopped."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from trainwright.errors import InvalidArgumentError
from trainwright.estimator.engine.durable import gfile, read_whole, write_whole
from trainwright.estimator.engine.input_state import InputState
from trainwright.estimator.engine.observe import StepReporter
from trainwright.estimator.engine.random_ops import StepNumber
from trainwright.estimator.engine.training_state import (
    INPUT_SUFFIX,
    TrainingState,
    end_training,
    forget_states,
)
from trainwright.estimator.hooks import CheckpointSaverHook, CheckpointSaverListener, SessionRunHook
from trainwright.events import announce
from trainwright.stopping import raise_if_wanted, stop_wanted

v1 = tf.compat.v1
LIMIT = "TRAINWRIGHT_INPUT_STATE_BYTES"
_LIMIT = 256 << 20
_RESTORE_ERRORS = (tf.errors.OpError, ValueError)


def input_state_limit() -> int:
    """How large the input's state may be to be kept, in bytes.

    Raises:
        InvalidArgumentError: the environment variable is no number of bytes.
    """
    given = os.environ.get(LIMIT, "")
    if not given:
        return _LIMIT
    if not given.isdecimal():
        raise InvalidArgumentError(f"{LIMIT} must be a number of bytes. Got {given!r} instead.")
    return int(given)


class GoesOn(SessionRunHook):
    """Puts input and step number where they belong, before any other hook looks at them.

    Args:
        state: the training; where it goes on, as it was at the checkpoint.
        checkpoint: what it goes on from; None: it begins.
        input_state: of the input's iterators.
        number: of the step, as random ops read it; None: there are none.
        global_step: the variable.
    """

    def __init__(
        self,
        state: TrainingState,
        checkpoint: str | None,
        input_state: InputState,
        number: StepNumber | None,
        global_step: Any,
    ):
        self._state = state
        self._checkpoint = checkpoint
        self._input = input_state
        self._global_step = global_step
        self._is = input_state.fingerprint()
        self._number = number
        self._number_it = None
        if number is not None:
            with tf.control_dependencies([number.variable.initializer]):
                step = tf.cast(global_step.read_value(), tf.int64)
            # A variable without a resource would share its memory with the other one.
            step = tf.raw_ops.DeepCopy(x=step)
            self._number_it = number.variable.assign(step, read_value=False)

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Restores what belongs to the checkpoint."""
        del coord
        if self._number is not None:
            session.run(self._number_it)
            if self._number.remaining:
                announce.on_note(_not_numbered(self._number.remaining))
        if self._checkpoint is not None:
            step = int(session.run(self._global_step))
            announce.on_resumed(step, self._state.examples, self._state.seconds)
            self._restore_input(session, self._checkpoint)
        self._state.input_is = self._is

    def _restore_input(self, session: Any, checkpoint: str) -> None:
        if self._state.input_is and self._state.input_is != self._is:
            announce.on_note("The input is not what it was when training stopped: it is read anew.")
            self._state.input_steps = 0
            return
        contents = read_whole(f"{checkpoint}{INPUT_SUFFIX}") if self._state.input_digest else None
        if contents is not None and _digest(contents) == self._state.input_digest:
            try:
                self._input.restore(session, contents)
            except _RESTORE_ERRORS as problem:
                first_line = str(problem).splitlines()[0]
                announce.on_note(f"Where the input stood cannot be restored: {first_line}")
            else:
                return
        self._skip(session)

    def _skip(self, session: Any) -> None:
        """Reads again what had been read: the same batches, if their order always is the same."""
        if not self._input.known or not self._state.input_steps:
            return
        announce.on_stage(f"reading past {self._state.input_steps} batches of the input")
        with contextlib.suppress(tf.errors.OutOfRangeError):
            self._input.skip(session, self._state.input_steps)


class KeepsPlace(CheckpointSaverListener):
    """Writes a training's state beside each of its checkpoints, before they are committed.

    Args:
        state: the training.
        start: the global step that the session starts from.
        input_state: of the input's iterators.
        reporter: knows how many examples were read.
        model_dir: where checkpoints go.
    """

    def __init__(
        self,
        state: TrainingState,
        start: int,
        input_state: InputState,
        reporter: StepReporter,
        model_dir: str,
    ):
        self._state = state
        # The state of the checkpoint that it goes on from is there already.
        self._as_it_was = state.resumed
        self._steps_before = state.input_steps - start
        self._examples_before = state.examples or 0
        self._seconds_before = state.seconds
        self._input = input_state
        self._reporter = reporter
        self._model_dir = model_dir
        self._limit = input_state_limit()
        self._told = False
        self._began = time.monotonic()
        self.hooks: Sequence[Any] = ()
        self.checkpoint: str | None = None

    def before_save(self, session: Any, global_step_value: int) -> None:
        """Writes the state."""
        step = int(global_step_value)
        self.checkpoint = f"{self._model_dir}/model.ckpt-{step}"
        if self._as_it_was:
            self._as_it_was = False
            return
        state = self._state
        state.input_steps = self._steps_before + step
        if self._reporter.examples is not None:
            state.examples = self._examples_before + self._reporter.examples
        state.seconds = self._seconds_before + time.monotonic() - self._began
        state.timers = timers_of(self.hooks)
        contents = self._read_input(session)
        state.input_digest = "" if contents is None else _digest(contents)
        # All that is beside a checkpoint is flushed to disk with it, before it is committed.
        if contents is not None:
            write_whole(f"{self.checkpoint}{INPUT_SUFFIX}", contents, sync=False)
        state.save(self.checkpoint, sync=False)

    def after_save(self, session: Any, global_step_value: int) -> None:
        """What lies beside earlier checkpoints is no longer needed."""
        del session, global_step_value
        # A saver of the user's own may have names of its own.
        saved = self.checkpoint is not None and gfile.exists(f"{self.checkpoint}.index")
        forget_states(self._model_dir, self.checkpoint if saved else None)

    def finish(self) -> None:
        """The training has come to its end: the next one begins its input anew."""
        if self.checkpoint is not None and gfile.exists(f"{self.checkpoint}.index"):
            end_training(self._state, self.checkpoint)

    def _read_input(self, session: Any) -> bytes | None:
        if self._told or not self._input.known:
            return None
        try:
            contents = self._input.read(session)
        except tf.errors.OpError as problem:
            self._cannot(_reason(problem))
            return None
        if len(contents) > self._limit:
            self._cannot(f"it takes {len(contents) >> 20:,} MB, more than {LIMIT}={self._limit}")
            return None
        return contents

    def _cannot(self, reason: str) -> None:
        self._told = True
        announce.on_note(
            f"The input's position is not kept with checkpoints: {reason}. A run that goes on from "
            "one reads as many batches again, which are the same ones if their order always is."
        )


class KeepsTimers(SessionRunHook):
    """Stands last: hooks with timers go on counting from where they had acted last.

    Args:
        timers: as :func:`timers_of` gave them.
        hooks: all hooks.
    """

    def __init__(self, timers: dict[str, int], hooks: Sequence[Any]):
        self._timers = timers
        self._hooks = list(hooks)

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Sets the timers, after hooks have set them to the beginning of the session."""
        del session, coord
        for name, hook in _timed(self._hooks).items():
            if name in self._timers:
                hook._timer.update_last_triggered_step(self._timers[name])


class StopsSafely(SessionRunHook):
    """When a signal asks to stop, saves a checkpoint and stops.

    Args:
        hooks: all that stand before it.
        state: of the training.
    """

    def __init__(self, hooks: Sequence[Any], state: TrainingState):
        self._state = state
        self._savers = [hook for hook in hooks if isinstance(hook, CheckpointSaverHook)]

    def steps_unseen(self, global_step: int) -> None:
        """It looks at each session run, whatever step that ends at."""

    def after_run(self, run_context: Any, run_values: Any) -> None:
        """Looks for a signal."""
        del run_values
        if not stop_wanted():
            return
        self._state.saves_to_stop = True
        for saver in self._savers:
            step = int(run_context.session.run(saver._global_step_tensor))
            if step != saver._timer.last_triggered_step():
                announce.on_stage(f"saving a checkpoint at step {step}, to stop there")
                saver._save(run_context.session, step)
        raise_if_wanted()


def timers_of(hooks: Sequence[Any]) -> dict[str, int]:
    """At which global step each hook with a timer acted last.

    Args:
        hooks: all hooks of a training, in their order.
    """
    found = {name: hook._timer.last_triggered_step() for name, hook in _timed(hooks).items()}
    return {name: int(step) for name, step in found.items() if step is not None}


def _timed(hooks: Sequence[Any]) -> dict[str, Any]:
    """Hooks whose timers count global steps, and whose acting has an effect on the training."""
    timed = [
        hook
        for hook in hooks
        if hasattr(hook, "_timer")
        and (isinstance(hook, CheckpointSaverHook) or hasattr(hook, "steps_unseen"))
    ]
    return {f"{index} {type(hook).__name__}": hook for index, hook in enumerate(timed)}


def _digest(contents: bytes) -> str:
    return hashlib.sha256(contents).hexdigest()


def _reason(problem: tf.errors.OpError) -> str:
    lines: list[str] = problem.message.splitlines()
    telling = [line for line in lines if "checkpoint" in line.lower()]
    return (telling or lines)[0].strip().rstrip(".")


def _not_numbered(names: Sequence[str]) -> str:
    shown = ", ".join(names[:3])
    return (
        f"Random numbers of {shown} are not the same again in a run that goes on from a "
        "checkpoint: TensorFlow keeps their state to itself."
    )
