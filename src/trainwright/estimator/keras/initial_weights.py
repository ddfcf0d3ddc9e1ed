"""The weights that a Keras model brings along: where an Estimator made of it starts from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from trainwright.errors import CheckpointError
from trainwright.estimator.engine.checkpoints import open_checkpoint
from trainwright.estimator.keras.eager import eagerly
from trainwright.estimator.keras.object_names import VALUE, object_keys, weight_paths

v1 = tf.compat.v1


def initial_checkpoint(model_dir: str) -> str:
    """Prefix of the checkpoint with the weights that a model directory starts from."""
    return f"{model_dir}/keras/keras_model.ckpt"


def save_initial_weights(model: Any, model_dir: str) -> None:
    """Writes the weights of a Keras model into the model directory; nothing where it has none.

    Args:
        model: a Keras 3 model of eager execution.
        model_dir: the Estimator's.
    """
    paths = weight_paths(model)
    if not paths:
        return
    values = eagerly(lambda: {path: np.asarray(weight) for path, weight in paths.items()})
    prefix = initial_checkpoint(model_dir)
    folder = prefix.rpartition("/")[0]
    tf.io.gfile.makedirs(folder)
    with tf.Graph().as_default(), v1.Session() as session:
        placeholders = {path: v1.placeholder(value.dtype) for path, value in values.items()}
        save = tf.raw_ops.SaveV2(
            prefix=prefix,
            tensor_names=[f"{path}/{VALUE}" for path in values],
            shape_and_slices=[""] * len(values),
            tensors=list(placeholders.values()),
        )
        session.run(save, {placeholders[path]: value for path, value in values.items()})
    name = prefix.rpartition("/")[2]
    with tf.io.gfile.GFile(f"{folder}/checkpoint", "w") as state:
        state.write(f'model_checkpoint_path: "{name}"\nall_model_checkpoint_paths: "{name}"\n')


def initializer_from(model: Any, model_dir: str) -> Callable[[Any, Any], None] | None:
    """A Scaffold's ``init_fn`` that gives a model in a graph the weights of the model directory.

    Args:
        model: the Keras model, built in the current graph.
        model_dir: the Estimator's.

    Returns:
        The function, None where the directory has no such weights. It raises CheckpointError
        where they are not those of the model.
    """
    prefix = initial_checkpoint(model_dir)
    if not tf.io.gfile.exists(f"{prefix}.index"):
        return None
    variables = object_keys(model)
    saver = v1.train.Saver(variables)

    def init_fn(scaffold: Any, session: Any) -> None:
        del scaffold
        _check(prefix, variables)
        saver.restore(session, prefix)

    return init_fn


def _check(prefix: str, variables: Mapping[str, Any]) -> None:
    """Sees to it that a checkpoint has all variables, in their shapes."""
    saved = open_checkpoint(prefix).get_variable_to_shape_map()
    for key, variable in variables.items():
        if saved.get(key) != variable.shape.as_list():
            has = f"of the shape {saved[key]}" if key in saved else "not at all"
            raise CheckpointError(
                f"The initial weights in {prefix} are not those of the Keras model: {key} is "
                f"there {has}, and of the shape {variable.shape.as_list()} in the model.",
                hint="Give the model a model_dir of its own.",
            )
