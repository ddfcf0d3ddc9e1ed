"""Starting a model's variables from another model's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import tensorflow as tf

from trainwright.errors import CheckpointError
from trainwright.estimator.engine.checkpoints import latest_checkpoint, restore_error

v1 = tf.compat.v1

VocabInfo = v1.train.VocabInfo


class _Fields(NamedTuple):
    ckpt_to_initialize_from: str
    vars_to_warm_start: str | Sequence[Any] | None
    var_name_to_vocab_info: dict[str, Any]
    var_name_to_prev_var_name: dict[str, str]


class WarmStartSettings(_Fields):
    """Which variables start from which checkpoint.

    Args:
        ckpt_to_initialize_from: a checkpoint's prefix, or a directory whose latest is taken.
        vars_to_warm_start: a regular expression over trainable variables, a list of regular
            expressions over all variables, a list of variables, or None: only those that the
            next argument names.
        var_name_to_vocab_info: variable name -> :class:`VocabInfo`, for variables whose rows are
            entries of a vocabulary that has changed.
        var_name_to_prev_var_name: variable name -> its name in the checkpoint, where it differs.

    Raises:
        ValueError: an empty checkpoint.
    """

    __slots__ = ()

    def __new__(
        cls,
        ckpt_to_initialize_from: str,
        vars_to_warm_start: Any = ".*",
        var_name_to_vocab_info: Mapping[str, Any] | None = None,
        var_name_to_prev_var_name: Mapping[str, str] | None = None,
    ) -> WarmStartSettings:
        """Checks the arguments and fills in the defaults."""
        if not ckpt_to_initialize_from:
            raise ValueError("ckpt_to_initialize_from must name a checkpoint. Got an empty value.")
        return super().__new__(
            cls,
            ckpt_to_initialize_from,
            vars_to_warm_start,
            dict(var_name_to_vocab_info or {}),
            dict(var_name_to_prev_var_name or {}),
        )


def warm_start_settings(given: Any) -> WarmStartSettings | None:
    """Settings from an Estimator's argument ``warm_start_from``.

    Args:
        given: None, settings, or the path of a checkpoint, a model directory or a SavedModel.

    Raises:
        ValueError: anything else.
    """
    if given is None or isinstance(given, WarmStartSettings):
        return given
    if isinstance(given, (str, bytes, Path)):
        path = tf.compat.as_str_any(str(given) if isinstance(given, Path) else given)
        if path and v1.saved_model.contains_saved_model(path):
            path = f"{path.rstrip('/')}/variables/variables"
        return WarmStartSettings(path)
    raise ValueError(f"warm_start_from must be a path or WarmStartSettings. Got {given!r} instead.")


def apply_warm_start(settings: WarmStartSettings) -> None:
    """Makes the variables of the default graph start as the settings say.

    Raises:
        CheckpointError: there is no checkpoint, it is damaged, or a variable does not fit.
    """
    checkpoint = _checkpoint_of(str(settings.ckpt_to_initialize_from))
    try:
        v1.train.warm_start(checkpoint, *settings[1:])
    except tf.errors.OpError as problem:
        raise restore_error(checkpoint, problem) from problem


def _checkpoint_of(path: str) -> str:
    """The checkpoint's prefix, where the path is a directory the latest in it."""
    if not tf.io.gfile.isdir(path):
        return path
    checkpoint = latest_checkpoint(path)
    if checkpoint is None:
        raise CheckpointError(f"There is no checkpoint to start from in {path}.")
    return checkpoint
