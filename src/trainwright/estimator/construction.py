"""What an Estimator is made of, checked before anything is built."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from trainwright.estimator.arguments import accepted_arguments, describe, takes_any_keyword
from trainwright.estimator.run_config import RunConfig
from trainwright.events import announce

_MODEL_FN_ARGUMENTS = {"features", "labels", "mode", "params", "config", "self"}


def check_model_fn(model_fn: Callable[..., Any], params: Mapping[str, Any] | None) -> None:
    """Whether an Estimator can call this function.

    Raises:
        ValueError: it has no features, arguments that nobody fills, or does not take the params.
    """
    if model_fn is None:
        raise ValueError("model_fn must be given. Got None instead.")
    accepted = accepted_arguments(model_fn)
    if "features" not in accepted and not takes_any_keyword(model_fn):
        raise ValueError(f"model_fn must take an argument features. Got {describe(model_fn)}.")
    unknown = sorted(set(accepted) - _MODEL_FN_ARGUMENTS)
    if unknown:
        raise ValueError(
            f"model_fn {describe(model_fn)} has arguments that an Estimator does not fill: "
            f"{', '.join(unknown)}. It fills features, labels, mode, params and config."
        )
    if params is not None and "params" not in accepted and not takes_any_keyword(model_fn):
        raise ValueError(
            f"params were given, but model_fn {describe(model_fn)} takes no argument params."
        )


def resolve_config(config: RunConfig | None, model_dir: Any) -> RunConfig:
    """The configuration with the model directory in it: given, configured, or a temporary one.

    Raises:
        ValueError: no RunConfig, two different directories, or a strategy of several replicas.
    """
    if config is None:
        config = RunConfig()
    elif not isinstance(config, RunConfig):
        raise ValueError(f"config must be a RunConfig. Got {config!r} instead.")
    _check_strategies(config)
    given = None if model_dir is None else str(tf.compat.as_str_any(model_dir))
    if given is not None and config.model_dir not in (None, given):
        raise ValueError(
            f"model_dir is {given!r} here and {config.model_dir!r} in the RunConfig. Give one."
        )
    resolved = given or config.model_dir
    if not resolved:
        resolved = tempfile.mkdtemp()
        announce.on_warning(f"No model_dir was given: the model goes to {resolved}.")
    return config.replace(model_dir=resolved)


def _check_strategies(config: RunConfig) -> None:
    # One replica computes what a model without a strategy computes.
    for name in ("train_distribute", "eval_distribute"):
        strategy = getattr(config, name)
        replicas = getattr(strategy, "num_replicas_in_sync", 1)
        if replicas > 1:
            raise ValueError(
                f"{name} is a {type(strategy).__name__} of {replicas} replicas, and training on "
                "several devices is not there yet. Leave it out to train on one."
            )
