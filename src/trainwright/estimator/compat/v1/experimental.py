"""``tf.compat.v1.estimator.experimental``."""

from __future__ import annotations

from trainwright.estimator.experimental import (
    InMemoryEvaluatorHook,
    KMeans,
    LinearSDCA,
    build_raw_supervised_input_receiver_fn,
    call_logit_fn,
    make_early_stopping_hook,
    make_stop_at_checkpoint_step_hook,
    stop_if_higher_hook,
    stop_if_lower_hook,
    stop_if_no_decrease_hook,
    stop_if_no_increase_hook,
)
from trainwright.estimator.logit_fns import dnn_logit_fn_builder, linear_logit_fn_builder

__all__ = [
    "InMemoryEvaluatorHook",
    "KMeans",
    "LinearSDCA",
    "build_raw_supervised_input_receiver_fn",
    "call_logit_fn",
    "dnn_logit_fn_builder",
    "linear_logit_fn_builder",
    "make_early_stopping_hook",
    "make_stop_at_checkpoint_step_hook",
    "stop_if_higher_hook",
    "stop_if_lower_hook",
    "stop_if_no_decrease_hook",
    "stop_if_no_increase_hook",
]
