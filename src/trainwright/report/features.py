"""What is known of each feature in each split, ready to be drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trainwright.data.validation.distribution import jensen_shannon, l_infinity
from trainwright.report.histograms import Bucket, nearest_pair, standard_buckets

__all__ = ["Feature", "FeatureSplit", "describe_features"]

_TOP = 8
L_INFINITY = "L∞"
JENSEN_SHANNON = "Jensen-Shannon"


@dataclass(frozen=True)
class FeatureSplit:
    """A feature in one split.

    Attributes:
        examples: how many the split has.
        missing: how many of them are without the feature.
        buckets: of numbers: the share of values between two bounds.
        shares: of text: how many of the values are this one, for each of the feature's values.
        numbers: name -> value, such as ``mean``; of numeric features.
        distinct: how many different values; of text.
    """

    examples: int
    missing: int
    buckets: list[Bucket] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    numbers: dict[str, float] = field(default_factory=dict)
    distinct: int | None = None


@dataclass(frozen=True)
class Feature:
    """A feature.

    Attributes:
        name: its path.
        type: ``INT``, ``FLOAT`` or ``STRING``.
        splits: split name -> what it is there.
        values: of text: the most frequent ones.
        measure: by which the drift is measured; empty where it is not.
        drift: between the first two splits, in [0, 1].
        at: the value whose frequency differs most.
    """

    name: str
    type: str
    splits: dict[str, FeatureSplit]
    values: list[str] = field(default_factory=list)
    measure: str = ""
    drift: float | None = None
    at: str = ""


def describe_features(statistics: Mapping[str, Any]) -> list[Feature]:
    """All features of some splits, those that drift most first.

    Args:
        statistics: split name -> DatasetFeatureStatisticsList. Drift is measured between the
            first two.
    """
    found: dict[str, dict[str, Any]] = {}
    examples: dict[str, int] = {}
    for split, listed in statistics.items():
        for dataset in listed.datasets[:1]:
            examples[split] = int(dataset.num_examples)
            for one in dataset.features:
                found.setdefault(_name(one), {})[split] = one
    features = [_describe(name, splits, examples) for name, splits in found.items()]
    return sorted(features, key=lambda feature: (-(feature.drift or 0.0), feature.name))


def _name(feature: Any) -> str:
    return feature.name or ".".join(feature.path.step)


def _describe(name: str, splits: Mapping[str, Any], examples: Mapping[str, int]) -> Feature:
    first = next(iter(splits.values()))
    type_ = type(first).Type.Name(first.type)
    if all(one.HasField("num_stats") for one in splits.values()):
        return _numeric(name, type_, splits, examples)
    if all(one.HasField("string_stats") for one in splits.values()):
        return _textual(name, type_, splits, examples)
    kinds = {split: _presence(one, examples[split]) for split, one in splits.items()}
    return Feature(name, type_, kinds)


def _presence(feature: Any, examples: int, **more: Any) -> FeatureSplit:
    stats = feature.num_stats if feature.HasField("num_stats") else feature.string_stats
    common = stats.common_stats
    missing = int(common.num_missing) or max(0, examples - int(common.num_non_missing))
    return FeatureSplit(examples, missing, **more)


def _numeric(
    name: str, type_: str, splits: Mapping[str, Any], examples: Mapping[str, int]
) -> Feature:
    histograms = [standard_buckets(one.num_stats) for one in splits.values()]
    described = {
        split: _presence(one, examples[split], buckets=_shares(buckets), numbers=_numbers(one))
        for (split, one), buckets in zip(splits.items(), histograms, strict=True)
    }
    if len(splits) < 2:
        return Feature(name, type_, described)
    drift = jensen_shannon(*nearest_pair(histograms[0], histograms[1]))
    return Feature(name, type_, described, measure=JENSEN_SHANNON, drift=drift)


def _numbers(feature: Any) -> dict[str, float]:
    stats = feature.num_stats
    numbers = {
        "mean": stats.mean,
        "deviation": stats.std_dev,
        "least": stats.min,
        "median": stats.median,
        "greatest": stats.max,
    }
    if stats.common_stats.tot_num_values:
        numbers["zeros"] = stats.num_zeros / stats.common_stats.tot_num_values
    return numbers


def _shares(buckets: list[Bucket]) -> list[Bucket]:
    total = sum(bucket.amount for bucket in buckets)
    return [bucket._replace(amount=bucket.amount / total) for bucket in buckets] if total else []


def _textual(
    name: str, type_: str, splits: Mapping[str, Any], examples: Mapping[str, int]
) -> Feature:
    counts = [_frequencies(one) for one in splits.values()]
    wholes = [_values(one) for one in splits.values()]
    total: dict[str, float] = {}
    for one, whole in zip(counts, wholes, strict=True):
        for value, count in one.items():
            total[value] = total.get(value, 0) + count / max(1, whole)
    top = sorted(total, key=lambda value: (-total[value], value))[:_TOP]
    described = {
        split: _presence(
            one,
            examples[split],
            shares=[found.get(value, 0) / max(1, whole) for value in top],
            distinct=int(one.string_stats.unique),
        )
        for (split, one), found, whole in zip(splits.items(), counts, wholes, strict=True)
    }
    if len(splits) < 2:
        return Feature(name, type_, described, top)
    apart = l_infinity(counts[0], counts[1])
    return Feature(name, type_, described, top, L_INFINITY, apart[0], apart[1] or "")


def _frequencies(feature: Any) -> dict[str, float]:
    """Value -> how often it occurs; of the most frequent 1,000 where there are more."""
    stats = feature.string_stats
    ranked = {bucket.label: bucket.sample_count for bucket in stats.rank_histogram.buckets}
    return ranked or {one.value: one.frequency for one in stats.top_values}


def _values(feature: Any) -> float:
    """How many values there are in all; at least those that are counted."""
    common = feature.string_stats.common_stats
    return max(float(common.tot_num_values), sum(_frequencies(feature).values()))
