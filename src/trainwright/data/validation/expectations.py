"""What a schema asks of each feature of an Example."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tensorflow_metadata.proto.v0 import schema_pb2

from trainwright.data.example_message import SEQUENCE

__all__ = [
    "Expectation",
    "NumberDomain",
    "TextDomain",
    "expectations",
    "sequence_expectations",
]

_IGNORED_STAGES = frozenset(
    schema_pb2.LifecycleStage.Value(name)
    for name in ("DEPRECATED", "DISABLED", "PLANNED", "ALPHA", "DEBUG_ONLY", "VALIDATION_DERIVED")
)


@dataclass(frozen=True)
class NumberDomain:
    """The numbers that may be.

    Attributes:
        low: the least one.
        high: the greatest one.
        nan: whether there may be values that are no number.
        infinite: whether there may be infinities.
    """

    low: float = -math.inf
    high: float = math.inf
    nan: bool = True
    infinite: bool = True

    def __str__(self) -> str:
        return f"{_told(self.low, 'minus infinity')} to {_told(self.high, 'infinity')}"


@dataclass(frozen=True)
class TextDomain:
    """The texts that may be.

    Attributes:
        values: all of them.
        mass: the share of values that must be among them.
    """

    values: frozenset[bytes]
    mass: float = 1.0


@dataclass(frozen=True)
class Expectation:
    """What is asked of one feature.

    Attributes:
        name: of the feature.
        kind: ``INT``, ``FLOAT`` or ``BYTES``; None: any.
        size: how many values each row has, where the shape is fixed; None: any number.
        shape: the fixed shape, None where there is none.
        needed: whether parsing fails where it is absent.
        fraction: the least share of rows that have it.
        count: the least number of rows that have it.
        fewest: the least number of values in a row that has it.
        most: the greatest number of values in a row; None: any.
        domain: what the values may be; None: anything.
        steps: of a sequence, the least and the greatest number of its steps (None: any), which
            size, shape, fewest and most are then about; None: it is none.
    """

    name: str
    kind: str | None = None
    size: int | None = None
    shape: tuple[int, ...] | None = None
    needed: bool = False
    fraction: float = 0.0
    count: int = 0
    fewest: int = 0
    most: int | None = None
    domain: NumberDomain | TextDomain | None = None
    steps: tuple[int, int | None] | None = None


def expectations(schema: schema_pb2.Schema) -> dict[str, Expectation]:
    """What a schema asks of each feature, by name.

    Features that are deprecated, planned, disabled or for debugging are asked nothing.

    Example:
        >>> schema = schema_pb2.Schema()
        >>> feature = schema.feature.add(name="hour", type="INT")
        >>> feature.int_domain.max = 23
        >>> str(expectations(schema)["hour"].domain)
        'minus infinity to 23'
    """
    vocabularies = {domain.name: domain for domain in schema.string_domain}
    represented = _represented(schema)
    defaults = set(schema.default_environment)
    return {
        feature.name: (
            Expectation(feature.name)
            if feature.deprecated or feature.lifecycle_stage in _IGNORED_STAGES
            else _expectation(feature, vocabularies, represented, defaults)
        )
        for feature in schema.feature
    }


def sequence_expectations(schema: schema_pb2.Schema) -> dict[str, Expectation]:
    """What a schema asks of each feature of a SequenceExample, by name.

    The features of sequences are those in the struct_domain of ``##SEQUENCE##``, and named as in
    ``##SEQUENCE##.words``. Their value_counts are about steps, and about the values of a step; a
    single value_count is about steps, and a shape about the values of a step.
    """
    outside, inside = type(schema)(), type(schema)()
    outside.CopyFrom(schema)
    inside.CopyFrom(schema)
    del outside.feature[:], inside.feature[:]
    inside.ClearField("tensor_representation_group")
    for feature in schema.feature:
        if feature.name == SEQUENCE:
            inside.feature.extend(feature.struct_domain.feature)
        else:
            outside.feature.add().CopyFrom(feature)
    found = expectations(outside)
    one_by_one = expectations(inside)
    for feature in inside.feature:
        name = f"{SEQUENCE}.{feature.name}"
        found[name] = _of_steps(feature, replace(one_by_one[feature.name], name=name))
    return found


def _of_steps(feature: schema_pb2.Feature, one: Expectation) -> Expectation:
    counts = [feature.value_count] if feature.HasField("value_count") else []
    counts = counts or list(feature.value_counts.value_count)
    steps, values = ([(count.min, count.max or None) for count in counts] + [(0, None)] * 2)[:2]
    # What parses them takes any number of values.
    return replace(one, needed=False, fewest=values[0], most=values[1], steps=steps)


def _expectation(
    feature: schema_pb2.Feature,
    vocabularies: Mapping[str, Any],
    represented: Mapping[str, Any],
    environments: set[str],
) -> Expectation:
    shape, needed = _shape(feature, represented)
    counts = feature.value_count if feature.HasField("value_count") else None
    optional = bool(environments) and environments <= set(feature.not_in_environment)
    kind = schema_pb2.FeatureType.Name(feature.type)
    return Expectation(
        feature.name,
        kind=kind if kind in ("INT", "FLOAT", "BYTES") else None,
        size=None if shape is None else math.prod(shape),
        shape=shape,
        needed=needed and not optional,
        fraction=0.0 if optional else feature.presence.min_fraction,
        count=0 if optional else feature.presence.min_count,
        fewest=counts.min if counts is not None else 0,
        most=counts.max if counts is not None and counts.max else None,
        domain=_domain(feature, vocabularies),
    )


def _represented(schema: schema_pb2.Schema) -> dict[str, Any]:
    """The tensors that stand for features, by the feature's name."""
    groups = schema.tensor_representation_group
    found: dict[str, Any] = {}
    for sparse in schema.sparse_feature:
        for part in (sparse.value_feature, *sparse.index_feature):
            found[part.name] = None
    if "" not in groups:  # looking it up would add it
        return found
    for tensor in groups[""].tensor_representation.values():
        kind = tensor.WhichOneof("kind")
        if kind == "dense_tensor":
            found[tensor.dense_tensor.column_name] = tensor.dense_tensor
        elif kind == "varlen_sparse_tensor":
            found[tensor.varlen_sparse_tensor.column_name] = None
        elif kind == "ragged_tensor":
            found[".".join(tensor.ragged_tensor.feature_path.step)] = None
        elif kind == "sparse_tensor":
            sparse_tensor = tensor.sparse_tensor
            names = (sparse_tensor.value_column_name, *sparse_tensor.index_column_names)
            found.update(dict.fromkeys(names))
    return found


def _shape(
    feature: schema_pb2.Feature, represented: Mapping[str, Any]
) -> tuple[tuple[int, ...] | None, bool]:
    """The fixed shape, and whether the feature must be there to be parsed."""
    if feature.name in represented:
        tensor = represented[feature.name]
        if tensor is None:
            return None, False
        has_default = tensor.default_value.WhichOneof("kind") is not None
        return tuple(dim.size for dim in tensor.shape.dim), not has_default
    if feature.HasField("shape"):
        return tuple(dim.size for dim in feature.shape.dim), True
    return None, False


def _domain(
    feature: schema_pb2.Feature, vocabularies: Mapping[str, Any]
) -> NumberDomain | TextDomain | None:
    kind = feature.WhichOneof("domain_info")
    if kind == "int_domain" and feature.type == schema_pb2.INT:
        domain = feature.int_domain
        low = domain.min if domain.HasField("min") else -math.inf
        return NumberDomain(low, domain.max if domain.HasField("max") else math.inf)
    if kind == "float_domain" and feature.type == schema_pb2.FLOAT:
        limits = feature.float_domain
        return NumberDomain(
            limits.min if limits.HasField("min") else -math.inf,
            limits.max if limits.HasField("max") else math.inf,
            nan=not limits.disallow_nan,
            infinite=not limits.disallow_inf,
        )
    if kind == "bool_domain" and feature.type == schema_pb2.INT:
        return NumberDomain(0, 1)
    texts = _texts(feature, kind, vocabularies)
    if feature.type != schema_pb2.BYTES or texts is None:
        return None
    constraints = feature.distribution_constraints
    mass = constraints.min_domain_mass if feature.HasField("distribution_constraints") else 1.0
    return TextDomain(frozenset(text.encode() for text in texts), mass)


def _texts(
    feature: schema_pb2.Feature, kind: str | None, vocabularies: Mapping[str, Any]
) -> list[str] | None:
    if kind == "string_domain":
        return list(feature.string_domain.value)
    if kind == "domain" and feature.domain in vocabularies:
        return list(vocabularies[feature.domain].value)
    if kind == "bool_domain":
        values = (feature.bool_domain.true_value, feature.bool_domain.false_value)
        return [value for value in values if value] or None
    return None


def _told(value: float, unlimited: str) -> str:
    return f"{value:,g}" if math.isfinite(value) else unlimited
