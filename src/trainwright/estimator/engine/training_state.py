"""What must be known beside the variables to go on with a training as if it had not stopped.

It lies beside its checkpoint, ``model.ckpt-{step}``, and is complete before that is committed:
``model.ckpt-{step}.state`` (JSON) and ``model.ckpt-{step}.input``, the state of the input's
iterators. Both vanish when the training has come to its end. Checkpoints stay as TensorFlow
writes them.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field, fields

from trainwright.errors import CheckpointError
from trainwright.estimator.engine.durable import gfile, read_whole, remove, write_whole

STATE_SUFFIX = ".state"
INPUT_SUFFIX = ".input"
_OURS = re.compile(r"model\.ckpt-\d+\.(state|input)")


@dataclass
class TrainingState:
    """A training at the moment of a checkpoint.

    Args:
        training: a name of this training, new where one starts without a checkpoint.
        seed: takes the place of random seeds where the user has set none.
        start_step: the global step at which this training began.
        input_steps: batches read since the input began.
        input_digest: SHA-256 of the file with the input's state; empty: there is none.
        input_is: a digest of what the input reads, to tell whether it still is the same.
        timers: global step at which each hook with a timer acted last, by place and class.
        examples: examples read, None where nobody counts them.
        seconds: how long steps took.
        evaluation_due: whether an evaluation follows this checkpoint.
        since_evaluation: seconds since the last evaluation.
        input_ended: whether the input's end was what ended it.
    """

    training: str = field(default_factory=lambda: secrets.token_hex(8))
    seed: int = field(default_factory=lambda: 1 + secrets.randbelow(2**31 - 2))
    start_step: int = 0
    input_steps: int = 0
    input_digest: str = ""
    input_is: str = ""
    timers: dict[str, int] = field(default_factory=dict)
    examples: int | None = None
    seconds: float = 0.0
    evaluation_due: bool = False
    since_evaluation: float = 0.0
    input_ended: bool = False

    resumed = False
    """Whether it was read from a file; not written to one."""
    saves_to_stop = False
    """Whether a checkpoint is saved only because training is to stop; not written to a file."""

    def save(self, checkpoint: str, sync: bool = True) -> None:
        """Writes it beside a checkpoint.

        Args:
            checkpoint: its prefix, as in ``.../model.ckpt-100``.
            sync: False: the checkpoint is yet to be committed, and is flushed to disk with it.
        """
        write_whole(f"{checkpoint}{STATE_SUFFIX}", json.dumps(asdict(self)).encode(), sync)


_keeping: ContextVar[bool] = ContextVar("keeping_ended", default=False)


@contextlib.contextmanager
def keeping_ended() -> Iterator[None]:
    """While the block runs, it stays known of a training that its input's end has ended it.

    Then it does not read the input once more from its beginning, when it is asked to go on to a
    step that it could not reach; :func:`forget_state` lets it.
    """
    token = _keeping.set(True)
    try:
        yield
    finally:
        _keeping.reset(token)


def end_training(state: TrainingState, checkpoint: str) -> None:
    """A training has come to its end.

    Args:
        state: the training.
        checkpoint: the prefix of its last checkpoint.
    """
    if state.input_ended and _keeping.get():
        state.input_digest = ""
        state.save(checkpoint)
        remove(f"{checkpoint}{INPUT_SUFFIX}")
    else:
        forget_state(checkpoint)


def forget_state(checkpoint: str) -> None:
    """Removes what lies beside checkpoints; training that starts there begins its input anew.

    Args:
        checkpoint: the prefix of the newest one.
    """
    forget_states(os.path.dirname(checkpoint), None)  # noqa: PTH120 - it may be an URL


def read_state(checkpoint: str | None) -> TrainingState | None:
    """The state of a training that has not come to its end; None where there is none.

    Its end includes the last evaluation and what is exported after that.

    Args:
        checkpoint: its prefix; None: there is no checkpoint.

    Raises:
        CheckpointError: the file is damaged.
    """
    path = f"{checkpoint}{STATE_SUFFIX}"
    contents = read_whole(path) if checkpoint else None
    if contents is None:
        return None
    try:
        found = json.loads(contents)
        known = {each.name for each in fields(TrainingState)}
        # A later version may keep more.
        state = _checked(
            TrainingState(**{name: value for name, value in found.items() if name in known})
        )
    except (ValueError, TypeError, AttributeError) as problem:
        raise CheckpointError(
            f"{path} is damaged: {problem}.",
            hint="Remove it to go on from the checkpoint with its input from the beginning.",
        ) from problem
    state.resumed = True
    return state


def _checked(state: TrainingState) -> TrainingState:
    """A state whose values are of the types that they have when nothing is known yet."""
    for name, usual in asdict(TrainingState()).items():
        value = getattr(state, name)
        wanted = int if usual is None else type(usual)
        accepted = (int, float) if wanted is float else wanted
        if value is not usual and (
            not isinstance(value, accepted) or isinstance(value, bool) != (wanted is bool)
        ):
            raise TypeError(f"{name} must be {wanted.__name__}, and is {value!r}")
    return state


def forget_states(model_dir: str, but: str | None) -> None:
    """Removes what lies beside all checkpoints of a directory but one.

    Args:
        model_dir: the directory.
        but: the prefix of that one; None: removes all.
    """
    kept = set() if but is None else {f"{but}{STATE_SUFFIX}", f"{but}{INPUT_SUFFIX}"}
    for name in gfile.listdir(model_dir):
        path = f"{model_dir}/{name}"
        if _OURS.fullmatch(name) and path not in kept:
            remove(path)


def state_to_go_on_with(checkpoint: str | None) -> TrainingState | None:
    """The state of a training with steps still to be done, None where there is none.

    Args:
        checkpoint: the newest one's prefix; None: there is no checkpoint.
    """
    state = read_state(checkpoint)
    return None if state is None or state.input_ended else state
