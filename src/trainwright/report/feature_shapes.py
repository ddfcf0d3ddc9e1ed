"""Histograms of features as SVG paths."""

from __future__ import annotations

from trainwright.report.features import Feature

__all__ = ["Shapes"]

_WIDTH, _HEIGHT = 240.0, 64.0


class Shapes:
    """The histograms of a feature of numbers, one for each split, on common axes.

    Heights are densities, so that buckets of different widths compare.

    Args:
        feature: the feature.
    """

    width, height = _WIDTH, _HEIGHT

    def __init__(self, feature: Feature):
        buckets = [bucket for split in feature.splits.values() for bucket in split.buckets]
        self._feature = feature
        self.low = min((bucket.low for bucket in buckets), default=0.0)
        self.high = max((bucket.high for bucket in buckets), default=0.0)
        if self.low == self.high:
            # Half of one is nothing beside numbers of more than 16 digits.
            margin = max(0.5, abs(self.low) * 1e-6)
            self.low, self.high = self.low - margin, self.high + margin
        # The buckets of equal values have no width; they are drawn as wide as a line.
        self._narrowest = (self.high - self.low) / 100
        self._top = max((self._density(b.low, b.high, b.amount) for b in buckets), default=1.0)

    def _density(self, low: float, high: float, share: float) -> float:
        return share / max(high - low, self._narrowest)

    def _x(self, value: float) -> float:
        return (value - self.low) / (self.high - self.low) * _WIDTH

    def path(self, split: str) -> str:
        """The outline of a split's histogram, as the attribute ``d`` of an SVG path."""
        parts = [f"M0 {_HEIGHT:g}"]
        for low, high, share in self._feature.splits[split].buckets:
            height = self._density(low, high, share) / self._top if self._top else 0.0
            y = _HEIGHT - height * (_HEIGHT - 2)
            left, right = self._x(low), self._x(max(high, low + self._narrowest))
            parts.append(f"L{left:.2f} {y:.2f}L{right:.2f} {y:.2f}")
            if high <= low:
                parts.append(f"L{right:.2f} {_HEIGHT:g}")
        parts.append(f"L{self._x(self.high):.2f} {_HEIGHT:g}Z")
        return "".join(parts)
