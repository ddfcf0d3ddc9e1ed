"""Saving a Keras model's Estimator in object-based checkpoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from trainwright.estimator.engine.committing_saver import CommittingSaver
from trainwright.estimator.keras.object_graph import KEY, serialized_object_graph
from trainwright.estimator.keras.object_names import GLOBAL_STEP, VALUE
from trainwright.estimator.mode_keys import ModeKeys
from trainwright.estimator.run_config import RunConfig

v1 = tf.compat.v1


def object_saver(keys: Mapping[str, Any], config: RunConfig, mode: str) -> Any:
    """A Saver whose checkpoints are those of ``tf.train.Checkpoint`` on the model.

    Args:
        keys: key -> variable, of the model and its optimizer.
        config: how many checkpoints to keep.
        mode: in training the checkpoints also describe their objects.

    Returns:
        A ``tf.compat.v1.train.Saver``. Global variables without a key go by their own names.
    """
    variables = {f"{GLOBAL_STEP}/{VALUE}": v1.train.get_global_step(), **keys}
    known = {id(variable) for variable in variables.values()}
    others = [variable for variable in v1.global_variables() if id(variable) not in known]
    variables.update({variable.op.name: variable for variable in others})
    if mode == ModeKeys.TRAIN:
        names = {key: variable.op.name for key, variable in variables.items()}
        variables[KEY] = _constant(serialized_object_graph(names))
    return CommittingSaver(
        variables,
        sharded=True,
        max_to_keep=config.keep_checkpoint_max,
        keep_checkpoint_every_n_hours=config.keep_checkpoint_every_n_hours,
        save_relative_paths=True,
    )


def _constant(value: bytes) -> Any:
    """A string as a Saver can save it: as a variable, which each session sets anew."""
    return v1.Variable(
        value,
        trainable=False,
        name="object_graph",
        collections=[v1.GraphKeys.LOCAL_VARIABLES],
        use_resource=True,
    )
