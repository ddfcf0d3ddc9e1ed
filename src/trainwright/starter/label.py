"""What kind of prediction the label asks for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from tensorflow_metadata.proto.v0 import schema_pb2

from trainwright.errors import InvalidArgumentError

__all__ = ["LabelPlan", "integer_range", "plan_label", "short"]

_MOST_CLASSES = 200


@dataclass(frozen=True)
class LabelPlan:
    """What to predict.

    Attributes:
        name: of the column.
        kind: ``"binary"``, ``"classes"`` or ``"number"``.
        classes: how many there are.
        vocabulary: their names, where they are texts.
        whole: whether the values are integers.
        mean: of numbers; 0 where it is not known.
        deviation: of numbers, their standard deviation; 1 where it is not known.
    """

    name: str
    kind: str
    classes: int = 0
    vocabulary: list[str] | None = None
    whole: bool = False
    mean: float = 0.0
    deviation: float = 1.0


def plan_label(feature: schema_pb2.Feature, known: Any) -> LabelPlan:
    """What kind of prediction a label asks for.

    Args:
        feature: the label, in the schema.
        known: its FeatureNameStatistics; None: the schema tells all there is to know.

    Raises:
        InvalidArgumentError: it cannot be predicted.
    """
    name = feature.name
    _check_complete(name, known)
    if feature.type == schema_pb2.BYTES:
        return _text_label(feature, known)
    if feature.type not in (schema_pb2.INT, schema_pb2.FLOAT):
        raise InvalidArgumentError(f"Column {name!r} is of no type that can be predicted.")
    whole = feature.type == schema_pb2.INT
    low, high = integer_range(feature, known) if whole else _bounds(known)
    if low is not None and low == high:
        raise _always(name, f"{low:g}")
    if whole and low is not None and high is not None and low >= 0 and high < _MOST_CLASSES:
        classes = int(high) + 1
        return LabelPlan(name, "binary" if high == 1 else "classes", classes, whole=True)
    if low is not None and high is not None and math.isinf(high - low):
        raise InvalidArgumentError(
            f"Column {name!r} has values from {low:g} to {high:g}: infinite ones cannot be "
            "predicted.",
            hint="Mend them where the data are from, or leave those rows out.",
        )
    if not whole and known is not None and _is_truth(known.num_stats):
        return LabelPlan(name, "binary", 2)
    return _number_label(name, whole, known)


def _check_complete(name: str, known: Any) -> None:
    """A row without a label teaches nothing."""
    if known is None or known.WhichOneof("stats") not in ("num_stats", "string_stats"):
        return
    common = getattr(known, known.WhichOneof("stats")).common_stats
    if common.num_missing:
        total = common.num_missing + common.num_non_missing
        raise InvalidArgumentError(
            f"Column {name!r} has no value in {common.num_missing:,} of {total:,} examples, from "
            "which a model cannot learn.",
            hint=f"Leave them out: trainwright ingest SOURCE -o DIR --require {name}",
        )


def _text_label(feature: schema_pb2.Feature, known: Any) -> LabelPlan:
    name, names = feature.name, list(feature.string_domain.value)
    if len(names) == 1:
        raise _always(name, repr(names[0]))
    if 2 <= len(names) <= _MOST_CLASSES:
        return LabelPlan(name, "binary" if len(names) == 2 else "classes", len(names), names)
    distinct = known.string_stats.unique if known is not None else 0
    many = f" of {distinct:,} different values" if distinct else ""
    raise InvalidArgumentError(
        f"Column {name!r} is text{many}, for which the schema has no domain of 2 to "
        f"{_MOST_CLASSES} values, so that it cannot be predicted.",
        hint="Is it the right column? If it is, list its values in schema.pbtxt, or make fewer of "
        "them: all that are rare into one.",
    )


def _number_label(name: str, whole: bool, known: Any) -> LabelPlan:
    numbers = None if known is None else known.num_stats
    if numbers is None or not math.isfinite(numbers.mean) or not numbers.std_dev > 0:
        return LabelPlan(name, "number", whole=whole)
    deviation = short(numbers.std_dev, numbers.std_dev)
    mean = short(numbers.mean, deviation)
    return LabelPlan(name, "number", whole=whole, mean=mean, deviation=deviation)


def _always(name: str, value: str) -> InvalidArgumentError:
    return InvalidArgumentError(
        f"Column {name!r} is always {value}: there is nothing to predict.",
        hint="Is it the right column, and is it all of the data?",
    )


def _bounds(known: Any) -> tuple[float | None, float | None]:
    if known is None or known.WhichOneof("stats") != "num_stats":
        return None, None
    return known.num_stats.min, known.num_stats.max


def _is_truth(numbers: Any) -> bool:
    """Whether all values are 0 or 1: then, and only then, their squares have the same mean.

    What has missing values is often written so, though it was 0 and 1 once.
    """
    mean_of_squares = numbers.std_dev**2 + numbers.mean**2
    return (numbers.min, numbers.max) == (0, 1) and abs(mean_of_squares - numbers.mean) < 1e-6


def integer_range(feature: schema_pb2.Feature, known: Any) -> tuple[int | None, int | None]:
    """The least and the greatest value of a whole number; None where they are not known."""
    if feature.WhichOneof("domain_info") == "int_domain":
        return feature.int_domain.min, feature.int_domain.max
    if feature.WhichOneof("domain_info") == "bool_domain":
        return 0, 1
    if known is not None and known.WhichOneof("stats") == "num_stats":
        low, high = known.num_stats.min, known.num_stats.max
        if math.isfinite(low) and math.isfinite(high) and low <= high:
            return int(low), int(high)
    return None, None


def short(value: float, deviation: float) -> float:
    """A value to a hundredth of the deviation or finer: more digits would be hard to read.

    Example:
        >>> short(1234.56789, 20.0), short(0.00123456, 0.001)
        (1234.6, 0.00123)
    """
    if not (math.isfinite(value) and deviation > 0):
        return value
    digits = 3 - math.floor(math.log10(deviation)) - 1
    return round(value, max(digits, 0)) if digits > 0 else float(round(value))
