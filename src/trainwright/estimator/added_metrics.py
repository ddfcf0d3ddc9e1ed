"""Adding metrics to an Estimator that somebody else wrote."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trainwright.estimator.arguments import accepted_arguments, describe
from trainwright.estimator.core import Estimator
from trainwright.estimator.engine.graph import ModelDefinition, call_model_fn
from trainwright.estimator.mode_keys import ModeKeys
from trainwright.estimator.spec import EstimatorSpec

_OFFERED = ("features", "labels", "predictions", "config")


def add_metrics(estimator: Estimator, metric_fn: Callable[..., dict[str, Any]]) -> Estimator:
    """An Estimator like the given one that also computes these metrics when it evaluates.

    Args:
        estimator: the Estimator; it stays as it is, and both share the model directory.
        metric_fn: takes any of ``features``, ``labels``, ``predictions`` and ``config``, and
            returns name -> ``(value, update_op)`` or metric object. A name that the model has
            already replaces the model's.

    Raises:
        ValueError: a metric_fn with other arguments.
    """
    accepted = accepted_arguments(metric_fn)
    unknown = sorted(set(accepted) - {*_OFFERED, "self"})
    if unknown:
        raise ValueError(
            f"metric_fn {describe(metric_fn)} has arguments that nobody fills: "
            f"{', '.join(unknown)}. Accepted: {', '.join(_OFFERED)}."
        )
    original = estimator.model_definition

    def model_fn(features: Any, labels: Any, mode: str, config: Any) -> EstimatorSpec:
        definition = ModelDefinition(original.model_fn, original.params, config)
        spec = call_model_fn(definition, features, labels, mode)
        if mode != ModeKeys.EVAL:
            return spec
        offered = {
            "features": features,
            "labels": labels,
            "predictions": spec.predictions,
            "config": config,
        }
        added = metric_fn(**{name: offered[name] for name in _OFFERED if name in accepted})
        with_added = EstimatorSpec(mode, loss=spec.loss, eval_metric_ops=added)
        metrics = {**spec.eval_metric_ops, **with_added.eval_metric_ops}
        return spec._replace(eval_metric_ops=metrics)

    return Estimator(
        model_fn,
        model_dir=estimator.model_dir,
        config=estimator.config,
        warm_start_from=estimator.warm_start_settings,
    )
