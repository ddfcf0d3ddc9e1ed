"""Finding and reading checkpoints. One that cannot be read is an error, never step 0."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tensorflow as tf

from trainwright.errors import CheckpointError

v1 = tf.compat.v1
_STATE_FILE = "checkpoint"
# What TensorFlow's reader raises depends on which byte is wrong.
_READ_ERRORS = (ValueError, RuntimeError, IndexError, tf.errors.OpError)
GLOBAL_STEP_KEYS = ("global_step", "estimator_global_step/.ATTRIBUTES/VARIABLE_VALUE")


def latest_checkpoint(model_dir: str) -> str | None:
    """The prefix of the newest checkpoint, None where the directory has none.

    Raises:
        CheckpointError: the directory's state file is unreadable, or names files that are gone.
    """
    state_file = Path(model_dir) / _STATE_FILE
    if "://" in model_dir:
        return v1.train.latest_checkpoint(model_dir)  # type: ignore[no-any-return]
    if not state_file.exists():
        return None
    try:
        state = tf.train.get_checkpoint_state(model_dir)
    except ValueError:
        state = None
    if state is None or not state.model_checkpoint_path:
        raise CheckpointError(
            f"{state_file} names no checkpoint: it is empty or damaged.",
            hint="Restore it, or remove it to start from the beginning.",
        )
    path: str = state.model_checkpoint_path
    if not Path(f"{path}.index").exists():
        raise CheckpointError(
            f"{state_file} names {path}, whose files are not there.",
            hint="Restore them, or remove the state file to start from the beginning.",
        )
    return path


def open_checkpoint(path: str) -> Any:
    """A reader of the checkpoint.

    Args:
        path: its prefix, as in ``.../model.ckpt-100``.

    Raises:
        CheckpointError: damaged or absent.
    """
    try:
        return tf.train.load_checkpoint(path)
    except _READ_ERRORS as problem:
        raise _unreadable(path, problem) from problem


def read_variable(path: str, name: str) -> Any:
    """The value of one variable, as a numpy array.

    Args:
        path: the checkpoint's prefix.
        name: the variable's name; that of its tensor, ``name:0``, will do.

    Raises:
        ValueError: the checkpoint has no such variable.
        CheckpointError: damaged or absent.
    """
    reader = open_checkpoint(path)
    name = name.removesuffix(":0")
    if not reader.has_tensor(name):
        raise ValueError(f"Checkpoint {path} has no variable {name!r}.")
    try:
        return reader.get_tensor(name)
    except _READ_ERRORS as problem:
        raise _unreadable(path, problem) from problem


def checkpoint_step(path: str) -> int:
    """The global step that the checkpoint was written at.

    Raises:
        CheckpointError: damaged, absent, or without a global step.
    """
    reader = open_checkpoint(path)
    for key in GLOBAL_STEP_KEYS:
        if reader.has_tensor(key):
            return int(read_variable(path, key))
    raise CheckpointError(f"Checkpoint {path} holds no global step: no Estimator wrote it.")


def _unreadable(path: str, problem: Exception) -> CheckpointError:
    return CheckpointError(
        f"Checkpoint {path} cannot be read: {problem}.",
        hint="Restore its files, or name an older checkpoint in the directory's state file.",
    )


def restore_error(
    path: str | None, problem: Exception, model: str = "the model"
) -> CheckpointError:
    """What to raise when restoring a checkpoint into a graph failed.

    Args:
        path: the checkpoint's prefix.
        problem: what TensorFlow raised.
        model: what the graph is, as the message says it.
    """
    if isinstance(problem, tf.errors.NotFoundError):
        what = f"does not hold a variable that {model} has"
    elif isinstance(problem, tf.errors.InvalidArgumentError):
        what = f"holds a variable of another shape or type than that of {model}"
    else:
        what = "cannot be read"
    first_line = str(problem).strip().splitlines()[0]
    return CheckpointError(
        f"Checkpoint {path} {what}: {first_line}",
        hint="Was the model changed since? Then train it into another directory.",
    )


@contextlib.contextmanager
def explaining_restore(path: str | None) -> Iterator[None]:
    """Around restoring a checkpoint: says of failures what is wrong with it.

    Args:
        path: its prefix; None: there is none, and errors stay as they are.

    Raises:
        CheckpointError: it is damaged, or does not fit the model.
    """
    try:
        yield
    except (
        tf.errors.NotFoundError,
        tf.errors.DataLossError,
        tf.errors.InvalidArgumentError,
    ) as problem:
        if path is None:
            raise
        raise restore_error(path, problem) from problem
