from __future__ import annotations

import pytest
import tensorflow as tf

from trainwright import estimator as tfe

experimental = tfe.experimental


def test_call_logit_fn_gives_what_is_asked_for():
    def logit_fn(features, params):
        return tf.constant([[params["scale"] * features]])

    assert experimental.call_logit_fn(logit_fn, 2.0, "train", {"scale": 3.0}, None) == 6.0
    logits = experimental.call_logit_fn(lambda features: {"a": tf.ones([1])}, 1, "t", {}, None)
    assert set(logits) == {"a"}
    with pytest.raises(ValueError, match="must return a Tensor or a dict of them. Got 1"):
        experimental.call_logit_fn(lambda features, mode: 1, 2.0, "train", {}, None)


def test_stop_at_checkpoint_step_of_the_chief(estimator, repeated_input_fn):
    hook = experimental.make_stop_at_checkpoint_step_hook(estimator, 3)
    estimator.train(repeated_input_fn, hooks=[hook])
    assert estimator.get_variable_value("global_step") == 3
