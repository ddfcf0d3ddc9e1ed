"""What a first model does with each column, decided from the schema and the statistics."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from trainwright.errors import InvalidArgumentError, did_you_mean
from trainwright.starter.label import LabelPlan, integer_range, plan_label, short

__all__ = ["LabelPlan", "ModulePlan", "NumberPlan", "plan_module"]

_LARGEST_IDENTITY = 100
_NAMES_ROWS = 0.9
"""A text column with more distinct values than this share of its rows names rows."""
_FEWEST_BUCKETS = 1_000
_MANY = 10_000
_ROW_NUMBERS = ("id", "index", "row", "rowid", "row_id", "row_number", "unnamed: 0")
_SCOPE = re.compile(r"[A-Za-z0-9_.\\/>-]*")
_IDENTIFIER = re.compile(r"(_|^)(id|code|zip|key)$|[a-z]Id$")
"""Names of whole numbers that tell things apart, and do not measure any."""


@dataclass(frozen=True)
class NumberPlan:
    """A column of numbers, to be brought to the scale of the others.

    Attributes:
        mean: of its values.
        deviation: their standard deviation.
        whole: whether they are integers.
        boundaries: that divide its values into about equal parts.
    """

    mean: float
    deviation: float
    whole: bool
    boundaries: list[float]


@dataclass(frozen=True)
class ModulePlan:
    """What to do with each column.

    Attributes:
        label: what to predict.
        numbers: columns of numbers.
        vocabularies: columns of texts -> the values they have.
        identities: columns of small whole numbers from 0 -> how many values.
        hashed: columns of many texts -> buckets.
        hashed_integers: columns of whole numbers that tell things apart -> buckets.
        lists: those of the texts whose rows may have several values.
        left_out: column -> why the model does not see it.
    """

    label: LabelPlan
    numbers: dict[str, NumberPlan] = field(default_factory=dict)
    vocabularies: dict[str, list[str]] = field(default_factory=dict)
    identities: dict[str, int] = field(default_factory=dict)
    hashed: dict[str, int] = field(default_factory=dict)
    hashed_integers: dict[str, int] = field(default_factory=dict)
    lists: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)


def plan_module(
    schema: schema_pb2.Schema,
    label: str,
    statistics: statistics_pb2.DatasetFeatureStatisticsList | None = None,
) -> ModulePlan:
    """Decides what to do with each column.

    Args:
        schema: of the examples.
        label: the column to predict.
        statistics: of the training split; None: the schema tells all there is to know.

    Raises:
        InvalidArgumentError: there is no such column, it cannot be predicted, or there is no
            other one to predict it from.
    """
    features = {feature.name: feature for feature in schema.feature}
    if label not in features:
        raise InvalidArgumentError(
            f"The schema has no column {label!r}.",
            hint=did_you_mean(label, features) or f"Its columns: {', '.join(features)}.",
        )
    known = _by_name(statistics)
    plan = ModulePlan(plan_label(features[label], known.get(label)))
    for name, feature in features.items():
        if name != label:
            _add(plan, feature, known.get(name))
    if len(plan.left_out) == len(features) - 1:
        raise InvalidArgumentError(
            f"The schema has no column to predict {label!r} from.",
            hint="; ".join(f"{name}: {why}" for name, why in plan.left_out.items()) or None,
        )
    return plan


def _by_name(
    statistics: statistics_pb2.DatasetFeatureStatisticsList | None,
) -> Mapping[str, statistics_pb2.FeatureNameStatistics]:
    if statistics is None or not statistics.datasets:
        return {}
    features = statistics.datasets[0].features
    return {(f.path.step[0] if f.path.step else f.name): f for f in features}


def _add(plan: ModulePlan, feature: schema_pb2.Feature, known: Any) -> None:
    """Puts a column where it belongs."""
    if not _SCOPE.fullmatch(feature.name):
        plan.left_out[feature.name] = "no variable of TensorFlow can have its name"
        return
    lists = _has_lists(feature, known)
    if feature.type == schema_pb2.BYTES:
        _add_text(plan, feature, known, lists)
    elif feature.type not in (schema_pb2.INT, schema_pb2.FLOAT):
        plan.left_out[feature.name] = "of no type that a model reads"
    elif lists:
        plan.left_out[feature.name] = "several numbers in a row: choose what to do with them"
    else:
        _add_number(plan, feature, known)


def _has_lists(feature: schema_pb2.Feature, known: Any) -> bool:
    """Whether rows may have several values."""
    if feature.HasField("shape"):
        return math.prod(int(dim.size) for dim in feature.shape.dim) != 1
    if known is not None:
        part = (
            known.string_stats if known.WhichOneof("stats") == "string_stats" else known.num_stats
        )
        return bool(part.common_stats.max_num_values > 1)
    return bool(feature.value_count.max != 1)


def _add_text(plan: ModulePlan, feature: schema_pb2.Feature, known: Any, lists: bool) -> None:
    name = feature.name
    values = list(feature.string_domain.value)
    strings = None if known is None else known.string_stats
    count = 0 if strings is None else strings.common_stats.num_non_missing
    if values:
        if len(values) == 1:
            plan.left_out[name] = f"always {values[0]!r}"
            return
        plan.vocabularies[name] = values
    elif strings is not None and count and strings.unique > max(_NAMES_ROWS * count, 100):
        plan.left_out[name] = "names its row: almost every value is another one"
        return
    else:
        distinct = strings.unique if strings is not None else _MANY
        plan.hashed[name] = max(_rounded_up(2 * distinct), _FEWEST_BUCKETS)
    if lists:
        plan.lists.append(name)


def _rounded_up(number: int) -> int:
    """To two digits.

    Example:
        >>> _rounded_up(12_345)
        13000
    """
    unit = int(10 ** max(len(str(number)) - 2, 0))
    return math.ceil(number / unit) * unit


def _add_number(plan: ModulePlan, feature: schema_pb2.Feature, known: Any) -> None:
    name, whole = feature.name, feature.type == schema_pb2.INT
    low, high = integer_range(feature, known) if whole else (None, None)
    numeric = None if known is None else known.num_stats
    if numeric is not None and (math.isinf(numeric.min) or math.isinf(numeric.max)):
        plan.left_out[name] = "has infinite values: choose what to do with them"
    elif numeric is not None and numeric.min == numeric.max:
        # Statistics are floating-point numbers: those of neighbours above 2**53 are the same.
        same = low == high
        plan.left_out[name] = (
            f"always {numeric.min:g}" if same else f"always about {numeric.min:g}: as text, perhaps"
        )
    elif low is not None and high is not None and low >= 0 and high < _LARGEST_IDENTITY:
        plan.identities[name] = high + 1
    elif whole and name.lower() in _ROW_NUMBERS:
        plan.left_out[name] = "numbers its row, by its name"
    elif whole and _IDENTIFIER.search(name):
        spread = high - low + 1 if low is not None and high is not None else _MANY
        plan.hashed_integers[name] = max(_rounded_up(min(2 * spread, _MANY)), _FEWEST_BUCKETS)
    elif numeric is not None:
        # Infinities and values that are no number leave no other statistics.
        scale = numeric.std_dev if math.isfinite(numeric.std_dev) else 0.0
        middle = numeric.mean if math.isfinite(numeric.mean) else 0.0
        deviation = short(scale, scale) or 1.0
        mean = round(middle) if whole else short(middle, deviation)
        plan.numbers[name] = NumberPlan(mean, deviation, whole, _boundaries(numeric, deviation))
    elif low is not None and high is not None:
        deviation = (high - low) / math.sqrt(12)
        deviation = short(deviation, deviation) or 1.0
        plan.numbers[name] = NumberPlan((low + high) // 2, deviation, whole, [])
    else:
        plan.numbers[name] = NumberPlan(0.0, 1.0, whole, [])


def _boundaries(numeric: Any, deviation: float) -> list[float]:
    """Distinct limits between tenths of the values."""
    quantiles: Iterable[Any] = (h for h in numeric.histograms if h.type == h.QUANTILES)
    for histogram in quantiles:
        inner = {short(bucket.low_value, deviation) for bucket in histogram.buckets[1:]}
        return sorted(value for value in inner if math.isfinite(value))
    return []
