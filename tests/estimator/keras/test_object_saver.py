from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from trainwright import estimator as tfe
from trainwright.estimator.keras.object_names import object_keys
from trainwright.estimator.keras.object_saver import object_saver

v1 = tf.compat.v1


def build() -> Any:
    v1.train.create_global_step()
    v1.get_variable("other", [])
    model = keras.Sequential([keras.Input([2]), keras.layers.Dense(1)])
    return object_keys(model)


def test_checkpoints_describe_their_objects(tmp_path: Any) -> None:
    """tf.train.Checkpoint finds its way by the description."""
    with tf.Graph().as_default(), v1.Session() as session:
        keys = build()
        config = tfe.RunConfig(keep_checkpoint_max=1)
        saver = object_saver(keys, config, tfe.ModeKeys.TRAIN)
        session.run([v1.global_variables_initializer(), v1.local_variables_initializer()])
        kernel, other = session.run([*keys.values()][:1] + v1.global_variables("other"))
        path = [saver.save(session, str(tmp_path / "model"), step) for step in (1, 2)][-1]
    root, layer = tf.train.Checkpoint(), tf.train.Checkpoint()
    layer.kernel = tf.Variable(np.zeros([2, 1]), dtype=tf.float32)
    setattr(root, "layer_with_weights-0", layer)
    root.read(path).expect_partial()
    np.testing.assert_array_equal(layer.kernel, kernel)
    saved = tf.train.load_checkpoint(path)
    np.testing.assert_array_equal(saved.get_tensor("other"), other)
    assert saved.has_tensor("estimator_global_step/.ATTRIBUTES/VARIABLE_VALUE")
    assert not (tmp_path / "model-1.index").exists()


def test_other_modes_restore_without_the_description(tmp_path: Any) -> None:
    with tf.Graph().as_default():
        saver = object_saver(build(), tfe.RunConfig(), tfe.ModeKeys.PREDICT)
        assert v1.local_variables() == []
        assert saver.saver_def.sharded
