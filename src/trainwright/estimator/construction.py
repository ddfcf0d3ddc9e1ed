"""What an Estimator is made of, checked before anything is built."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from trainwright.estimator.arguments import accepted_arguments, describe, takes_any_keyword
from trainwright.estimator.run_config import RunConfig
from trainwright.events import announce

v1 = tf.compat.v1
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


def check_members(cls: type, base: type) -> None:
    """Whether a user's subclass leaves the methods of an Estimator as they are.

    Programs for tf.estimator that do replace some override the check itself, a method named
    ``_assert_members_are_not_overridden``; they are believed to know what they do.

    Raises:
        ValueError: it replaces a public one.
    """
    package = __name__.split(".")[0]
    own = cls.__module__.split(".")[0] == package
    if own or hasattr(cls, "_assert_members_are_not_overridden"):
        return
    replaced = sorted(
        name for name in vars(cls) if not name.startswith("_") and hasattr(base, name)
    )
    if replaced:
        raise ValueError(
            f"{cls.__name__} replaces {', '.join(replaced)} of Estimator, which others rely on. "
            "Give methods of your own other names, or wrap an Estimator instead of subclassing it."
        )


def check_trains(config: RunConfig) -> None:
    """Whether this process is one that trains.

    Raises:
        ValueError: it is an evaluator or a parameter server.
    """
    if config.task_type in ("evaluator", "ps"):
        raise ValueError(
            f"This process is a task of type {config.task_type!r}, which does not train. Call "
            "train_and_evaluate, with which each process does its own part."
        )


def resolve_config(config: RunConfig | None, model_dir: Any) -> RunConfig:
    """The configuration with the model directory in it: given, configured, or a temporary one.

    Where it does not configure sessions, ops go to a device that has a kernel for them, and the
    graph is optimized once.

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
    session_config = config.session_config or _default_session_config()
    return config.replace(model_dir=resolved, session_config=session_config)


def _default_session_config() -> Any:
    config = v1.ConfigProto(allow_soft_placement=True)
    rewriting = config.graph_options.rewrite_options
    rewriting.meta_optimizer_iterations = type(rewriting).ONE
    return config


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
