"""What module files use of ``tensorflow_transform.tf_metadata``.

This module does not import TensorFlow until a feature spec is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from tensorflow_metadata.proto.v0 import schema_pb2

from trainwright.data.feature_spec import feature_spec
from trainwright.errors import SchemaError
from trainwright.transform.output import DatasetMetadata as _DatasetMetadata

__all__ = [
    "DatasetMetadata",
    "SchemaAsFeatureSpec",
    "schema_as_feature_spec",
    "schema_from_feature_spec",
]


class SchemaAsFeatureSpec(NamedTuple):
    """What a schema says of the features.

    Attributes:
        feature_spec: name -> parsing spec.
        domains: name -> IntDomain, FloatDomain or StringDomain, of the features that have one.
    """

    feature_spec: dict[str, Any]
    domains: dict[str, Any]


def schema_as_feature_spec(schema_proto: schema_pb2.Schema) -> SchemaAsFeatureSpec:
    """The parsing specs and domains of a schema's features.

    Raises:
        SchemaError: a feature that cannot be parsed from a tf.train.Example.
    """
    spec = feature_spec(schema_proto)
    shared = {domain.name: domain for domain in schema_proto.string_domain}
    domains = {}
    for feature in schema_proto.feature:
        kind = feature.WhichOneof("domain_info")
        if feature.name in spec and kind in ("int_domain", "float_domain", "string_domain"):
            domains[feature.name] = getattr(feature, kind)
        elif feature.name in spec and kind == "domain" and feature.domain in shared:
            domains[feature.name] = shared[feature.domain]
    return SchemaAsFeatureSpec(spec, domains)


def schema_from_feature_spec(
    feature_spec: Mapping[str, Any], domains: Mapping[str, Any] | None = None
) -> schema_pb2.Schema:
    """The schema of features that are parsed so.

    Args:
        feature_spec: name -> ``FixedLenFeature`` without default, or ``VarLenFeature``.
        domains: name -> IntDomain, FloatDomain or StringDomain.

    Raises:
        SchemaError: a feature of another kind.
    """
    schema = schema_pb2.Schema()
    for name in sorted(feature_spec):
        feature = schema.feature.add(name=name)
        _describe(feature, feature_spec[name])
        domain = (domains or {}).get(name)
        if domain is not None:
            kinds = {"IntDomain": "int_domain", "FloatDomain": "float_domain"}
            field = kinds.get(type(domain).__name__, "string_domain")
            getattr(feature, field).CopyFrom(domain)
    return schema


def _describe(feature: schema_pb2.Feature, spec: Any) -> None:
    import tensorflow as tf

    types = {tf.int64: "INT", tf.float32: "FLOAT", tf.string: "BYTES"}
    fixed = isinstance(spec, tf.io.FixedLenFeature) and spec.default_value is None
    if not fixed and not isinstance(spec, tf.io.VarLenFeature):
        raise SchemaError(
            f"Feature {feature.name!r} must be a FixedLenFeature without default or a "
            f"VarLenFeature. Got {spec!r} instead."
        )
    if tf.as_dtype(spec.dtype) not in types:
        raise SchemaError(
            f"Feature {feature.name!r} must be of int64, float32 or string. Got {spec.dtype!r}."
        )
    feature.type = schema_pb2.FeatureType.Value(types[tf.as_dtype(spec.dtype)])
    if fixed:
        feature.presence.min_fraction = 1
        feature.shape.SetInParent()
        for size in spec.shape:
            feature.shape.dim.add(size=size)


class DatasetMetadata(_DatasetMetadata):
    """What is known of a data set: its schema."""

    @classmethod
    def from_feature_spec(
        cls, feature_spec: Mapping[str, Any], domains: Mapping[str, Any] | None = None
    ) -> DatasetMetadata:
        """That of features that are parsed so; see :func:`schema_from_feature_spec`."""
        return cls(schema_from_feature_spec(feature_spec, domains))
