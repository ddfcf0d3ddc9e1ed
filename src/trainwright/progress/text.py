"""Numbers, spans of time and metrics, as short as they are telling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["input_wait", "metric_number", "rate", "span", "telling_metrics"]

_TELLING = (
    "auc",
    "accuracy",
    "average_loss",
    "loss",
    "precision",
    "recall",
    "mean_absolute_error",
    "root_mean_squared_error",
)
_MOST_METRICS = 5
_WORTH_TELLING = 0.1


def span(seconds: float) -> str:
    """A time span in two units at most.

    Example:
        >>> span(0.31), span(9.4), span(75), span(3700)
        ('0.3 s', '9 s', '1 min 15 s', '1 h 01 min')
    """
    if seconds < 0.95:
        return f"{seconds:.1f} s"
    if round(seconds) < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def rate(per_second: float, unit: str) -> str:
    """A speed.

    Example:
        >>> rate(31234.5, "examples"), rate(2.345, "steps")
        ('31,234 examples/s', '2.3 steps/s')
    """
    return f"{per_second:,.0f} {unit}/s" if per_second >= 10 else f"{per_second:.1f} {unit}/s"


def input_wait(share: float | None) -> str:
    """How much steps wait for their input, nothing where that is little or unknown.

    Example:
        >>> input_wait(0.432), input_wait(0.02)
        ('waiting for input 43%', '')
    """
    if share is None or share < _WORTH_TELLING:
        return ""
    return f"waiting for input {share:.0%}"


def metric_number(value: float) -> str:
    """A metric or loss to four digits.

    Example:
        >>> metric_number(0.76213), metric_number(1234567.0), metric_number(float("nan"))
        ('0.7621', '1,234,567', 'nan')
    """
    if 0.1 <= abs(value) < 10:
        return f"{value:.4f}"
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"


def telling_metrics(metrics: Mapping[str, Any]) -> dict[str, float]:
    """The few metrics that say most, best first; ``average_loss`` stands for ``loss``.

    Metrics of several heads or evaluations, as ``auc/head``, count by the known part of their
    name. Where none is of the known names, the first are taken.

    Example:
        >>> telling_metrics({"loss": 9.1, "average_loss": 0.5, "auc": 0.7, "label/mean": 0.2})
        {'auc': 0.7, 'average_loss': 0.5}
    """
    numbers = {
        name: float(value)
        for name, value in metrics.items()
        if name != "global_step" and getattr(value, "ndim", 0) == 0 and hasattr(value, "__float__")
    }
    ranked = [
        name
        for known in _TELLING
        for name in numbers
        if known in name.split("/")
        and not (known == "loss" and name.replace("loss", "average_loss") in numbers)
    ]
    return {name: numbers[name] for name in (ranked or list(numbers))[:_MOST_METRICS]}
