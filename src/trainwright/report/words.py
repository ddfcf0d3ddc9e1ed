"""A run in a few sentences."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from trainwright.report.facts import RunFacts, splits_of
from trainwright.report.formats import count, duration, moment, number, percent

__all__ = ["as_list", "as_mapping", "summarize"]

_STATES = {
    "COMPLETE": "is complete",
    "FAILED": "failed",
    "CANCELED": "was stopped",
    "CACHED": "did not train: it reuses the outputs of an earlier run",
    "RUNNING": "is running",
}
_MOVED = 0.1
"""A drift from which on it is worth looking at."""


def summarize(facts: RunFacts) -> list[str]:
    """What to know first, a sentence or two for each thing that is known."""
    parts = (_course, _training, _result, _baseline, _bias, _drift, _warned)
    return [sentence for part in parts for sentence in part(facts)]


def _course(facts: RunFacts) -> Iterator[str]:
    record = facts.run.execution
    state = _STATES.get(record.state.name, f"is {record.state.name}")
    took = record.duration_seconds
    end = f" after {duration(took)}" if took is not None and record.state.name != "CACHED" else ""
    yield (
        f"Run {record.id} of pipeline {record.contexts.pipeline}, begun on "
        f"{moment(record.created_ms)}, {state}{end}."
    )
    if record.error is not None:
        yield f"{record.error.type}: {record.error.message} {record.error.hint}".rstrip()


def _training(facts: RunFacts) -> Iterator[str]:
    properties = facts.run.execution.properties
    step = properties.get("final_step")
    if not isinstance(step, int):
        return
    splits = " and ".join(splits_of(facts.run, "train_args"))
    text = f"It trained to step {step:,} on split {splits}"
    seconds, speed = properties.get("train_seconds"), properties.get("examples_per_second")
    if isinstance(seconds, (int, float)) and seconds:
        text += f", in {duration(seconds)}"
    if isinstance(speed, (int, float)):
        text += f" at {speed:,.0f} examples per second"
    losses = [curve for curve in facts.recordings.named("loss") if curve.source == "training"]
    if losses and len(losses[0].points) > 1:
        points = list(losses[0].points.values())
        text += f"; the loss of a batch went from {number(points[0])} to {number(points[-1])}"
    yield f"{text}."


def _result(facts: RunFacts) -> Iterator[str]:
    metrics = facts.run.execution.metrics
    names = {"auc": "AUC", "accuracy": "accuracy", "average_loss": "average loss", "loss": "loss"}
    told = [f"{text} {number(metrics[name])}" for name, text in names.items() if name in metrics]
    if not told:
        told = [f"{name} {number(value)}" for name, value in sorted(metrics.items())[:3]]
    if told:
        splits = " and ".join(splits_of(facts.run, "eval_args"))
        yield f"The final evaluation, on split {splits}, found {', '.join(told[:3])}."


def _baseline(facts: RunFacts) -> Iterator[str]:
    metrics = facts.run.execution.metrics
    baseline, accuracy = metrics.get("accuracy_baseline"), metrics.get("accuracy")
    if baseline is None or accuracy is None:
        return
    if accuracy <= baseline:
        yield (
            f"That accuracy is no better than the {number(baseline)} of always predicting the "
            "more frequent class."
        )
    else:
        yield f"Always predicting the more frequent class would be right in {percent(baseline)}."


def _bias(facts: RunFacts) -> Iterator[str]:
    metrics = facts.run.execution.metrics
    labels, predictions = metrics.get("label/mean"), metrics.get("prediction/mean")
    if labels is None or predictions is None:
        return
    text = f"Labels average {number(labels)}, predictions {number(predictions)}"
    for quality in list(facts.quality.values())[:1]:
        text += f"; scores are off by {percent(quality.calibration_error)} on average"
        text += f" (over {count(quality.positives + quality.negatives)} examples)"
    yield f"{text}."


def _drift(facts: RunFacts) -> Iterator[str]:
    drifting = [one for one in facts.data.features if one.drift is not None]
    if not drifting:
        return
    one, other = facts.data.splits[:2]
    moved = [feature for feature in drifting if (feature.drift or 0) >= _MOVED]
    if moved:
        names = ", ".join(feature.name for feature in moved[:5])
        more = f" and {len(moved) - 5} more" if len(moved) > 5 else ""
        yield f"Splits {one} and {other} differ in {names}{more}: a drift of {_MOVED} or more."
    else:
        yield (
            f"Splits {one} and {other} look alike: of {len(drifting)} features, "
            f"{drifting[0].name} differs most, by {number(drifting[0].drift)} "
            f"({drifting[0].measure})."
        )


def _warned(facts: RunFacts) -> Iterator[str]:
    found = len(as_list(facts.run.execution.properties, "warnings"))
    if found:
        yield f"There {'was a warning' if found == 1 else f'were {found} warnings'}: see below."


def as_list(properties: Mapping[str, Any], name: str) -> list[Any]:
    """A property kept as a JSON list, empty where it is not there."""
    found = _json(properties, name)
    return found if isinstance(found, list) else []


def as_mapping(properties: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A property kept as a JSON object, empty where it is not there."""
    found = _json(properties, name)
    return found if isinstance(found, dict) else {}


def _json(properties: Mapping[str, Any], name: str) -> Any:
    try:
        return json.loads(str(properties.get(name, "null")))
    except ValueError:
        return None
