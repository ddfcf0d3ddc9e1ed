"""How much the values of features differ between splits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trainwright.data.validation.anomalies import Anomaly
from trainwright.data.validation.check import SplitReport
from trainwright.data.validation.distribution import distance

__all__ = ["drift_between"]


def drift_between(reports: Sequence[SplitReport], limit: float) -> Iterator[Anomaly]:
    """The features whose values differ between the first split and another one.

    Args:
        reports: of splits that were checked with their distributions.
        limit: the greatest :func:`distance` that is nothing to tell.
    """
    if not reports:
        return
    first = reports[0]
    for report in reports[1:]:
        for name, values in report.distributions.items():
            apart = distance(first.distributions[name], values)
            if apart is not None and apart > limit:
                kind = "shares of a value" if values.texts else "distributions"
                message = (
                    f"`{name}` differs from split {first.split}: the {kind} are {apart:.3f} apart, "
                    f"more than {limit:g}"
                )
                yield Anomaly(report.split, name, "drift", message, report.rows, report.rows)
