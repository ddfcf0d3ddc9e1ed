"""Starting a model's variables from another model's."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import tensorflow as tf

from trainwright.errors import CheckpointError
from trainwright.estimator.engine.checkpoints import latest_checkpoint, restore_error
from trainwright.whole_model import is_whole

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


class _WholeModel(WarmStartSettings):
    """Settings under which slots and moving averages start from the checkpoint, too."""

    __slots__ = ()


def warm_start_settings(given: Any) -> WarmStartSettings | None:
    """Settings from an Estimator's argument ``warm_start_from``.

    Args:
        given: None, settings, or the path of a checkpoint, a model directory or a SavedModel.

    Raises:
        ValueError: anything else.
    """
    if given is None:
        return None
    if isinstance(given, WarmStartSettings):
        defaults = WarmStartSettings(given.ckpt_to_initialize_from)
        whole = given == defaults and is_whole(str(given.ckpt_to_initialize_from))
        return _WholeModel(*_of_path(given[0])) if whole else given
    if isinstance(given, (str, bytes, Path)):
        path = tf.compat.as_str_any(str(given) if isinstance(given, Path) else given)
        kind = _WholeModel if is_whole(path) else WarmStartSettings
        return kind(*_of_path(path))
    raise ValueError(f"warm_start_from must be a path or WarmStartSettings. Got {given!r} instead.")


def _of_path(path: str) -> WarmStartSettings:
    if path and v1.saved_model.contains_saved_model(path):
        path = f"{path.rstrip('/')}/variables/variables"
    return WarmStartSettings(path)


def apply_warm_start(settings: WarmStartSettings) -> None:
    """Makes the variables of the default graph start as the settings say.

    Raises:
        CheckpointError: there is no checkpoint, it is damaged, or a variable does not fit.
    """
    checkpoint = warm_start_checkpoint(settings)
    try:
        v1.train.warm_start(checkpoint, *settings[1:])
        if isinstance(settings, _WholeModel):
            state = _state_in(checkpoint)
            if state:
                v1.train.warm_start(checkpoint, state)
    except tf.errors.OpError as problem:
        raise restore_error(checkpoint, problem) from problem


def warm_start_checkpoint(settings: WarmStartSettings) -> str:
    """The prefix of the checkpoint to start from: where a directory is named, the latest in it.

    Raises:
        CheckpointError: there is none in the directory.
    """
    path = str(settings.ckpt_to_initialize_from)
    if not tf.io.gfile.isdir(path):
        return path
    checkpoint = latest_checkpoint(path)
    if checkpoint is None:
        raise CheckpointError(f"There is no checkpoint to start from in {path}.")
    return checkpoint


def _state_in(checkpoint: str) -> list[Any]:
    """Variables of the default graph, other than weights, that a checkpoint has."""
    shapes = tf.train.load_checkpoint(checkpoint).get_variable_to_shape_map()
    weights = {variable.op.name for variable in v1.trainable_variables()}
    rest = [v for v in v1.global_variables() if v.op.name not in weights]
    known = [v for v in rest if shapes.get(v.op.name) == v.shape.as_list()]
    return [v for v in known if v.shape.rank or _is_scalar_slot(v.op.name, weights)]


def _is_scalar_slot(name: str, weights: set[str]) -> bool:
    """Whether a scalar belongs to a scalar weight, or is Adam's decay; not a step, nor a rate."""
    own = any(f"/{weight}/" in f"/{name}" for weight in weights)
    return own or re.fullmatch(r"(.*/)?beta[12]_power(_\d+)?", name) is not None
