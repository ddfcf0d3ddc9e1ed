"""The weights that a Keras model brings along: where an Estimator made of it starts from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from trainwright.estimator.engine.checkpoints import restore_error
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
    saver = v1.train.Saver(object_keys(model))

    def init_fn(scaffold: Any, session: Any) -> None:
        del scaffold
        try:
            saver.restore(session, prefix)
        except (ValueError, tf.errors.OpError) as problem:
            raise restore_error(prefix, problem) from problem

    return init_fn
