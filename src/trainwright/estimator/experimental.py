"""``tf.estimator.experimental``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trainwright.estimator.arguments import accepted_arguments
from trainwright.estimator.canned.kmeans import KMeans
from trainwright.estimator.canned.rnn import RNNClassifier, RNNEstimator
from trainwright.estimator.canned.sdca import LinearSDCA
from trainwright.estimator.checkpoint_stop import make_stop_at_checkpoint_step_hook
from trainwright.estimator.early_stopping import (
    make_early_stopping_hook,
    stop_if_higher_hook,
    stop_if_lower_hook,
    stop_if_no_decrease_hook,
    stop_if_no_increase_hook,
)
from trainwright.estimator.export.receivers import build_raw_supervised_input_receiver_fn
from trainwright.estimator.in_memory_evaluator import InMemoryEvaluatorHook

__all__ = [
    "InMemoryEvaluatorHook",
    "KMeans",
    "LinearSDCA",
    "RNNClassifier",
    "RNNEstimator",
    "build_raw_supervised_input_receiver_fn",
    "call_logit_fn",
    "make_early_stopping_hook",
    "make_stop_at_checkpoint_step_hook",
    "stop_if_higher_hook",
    "stop_if_lower_hook",
    "stop_if_no_decrease_hook",
    "stop_if_no_increase_hook",
]


def call_logit_fn(
    logit_fn: Callable[..., Any], features: Any, mode: str, params: Any, config: Any
) -> Any:
    """Calls a logit_fn with those of mode, params and config that it takes.

    Args:
        logit_fn: takes ``features`` and any of the other three; returns logits, a tensor
            ``[batch, units]`` or a dict of them.
        features: as the model_fn got them.
        mode: one of ModeKeys.
        params: the Estimator's params.
        config: the Estimator's RunConfig.

    Raises:
        ValueError: the result is neither a tensor nor a dict of tensors.
    """
    import tensorflow as tf

    accepted = accepted_arguments(logit_fn)
    offered = {"mode": mode, "params": params, "config": config}
    logits = logit_fn(
        features=features, **{name: offered[name] for name in offered if name in accepted}
    )
    tensors = list(logits.values()) if isinstance(logits, dict) else [logits]
    if not all(tf.is_tensor(tensor) for tensor in tensors):
        raise ValueError(f"logit_fn must return a Tensor or a dict of them. Got {logits!r}.")
    return logits
