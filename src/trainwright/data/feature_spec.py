"""From a Schema to the parsing spec that ``tf.io.parse_example`` takes.

The rules are those of TF Transform's ``schema_as_feature_spec``:

* a feature with a shape is a ``FixedLenFeature``, and must be present in every example;
* any other is a ``VarLenFeature``, whatever its value_count says, or a ``RaggedFeature`` where
  the schema says ``represent_variable_length_as_ragged``;
* a sparse_feature is a ``SparseFeature``, and takes the place of its index and value features;
* tensor representations (of the group ``""``) take the place of the features they name;
* features that are deprecated, planned, disabled or for debugging are left out.
"""

from __future__ import annotations

import math
from typing import Any

from tensorflow_metadata.proto.v0 import path_pb2, schema_pb2

from trainwright.errors import SchemaError

__all__ = ["feature_spec"]

_DISABLED_STAGES = frozenset(
    schema_pb2.LifecycleStage.Value(name)
    for name in ("DEPRECATED", "DISABLED", "PLANNED", "ALPHA", "DEBUG_ONLY", "VALIDATION_DERIVED")
)


def feature_spec(schema: schema_pb2.Schema) -> dict[str, Any]:
    """The parsing spec of a schema's features.

    Args:
        schema: as read from a Schema artifact.

    Returns:
        Name -> ``tf.io.FixedLenFeature``, ``VarLenFeature``, ``SparseFeature`` or
        ``RaggedFeature``, of dtype int64, float32 or string.

    Raises:
        SchemaError: a feature that cannot be parsed from a tf.train.Example, or whose
            description contradicts itself; the message names it.
    """
    return _SpecBuilder(schema).build()


class _SpecBuilder:
    """Builds the spec of one schema, remembering which features others stand for."""

    def __init__(self, schema: schema_pb2.Schema):
        import tensorflow as tf

        self._io = tf.io
        self._dtypes = {
            schema_pb2.FeatureType.INT: tf.int64,
            schema_pb2.FeatureType.FLOAT: tf.float32,
            schema_pb2.FeatureType.BYTES: tf.string,
        }
        self._index_dtypes = {
            schema_pb2.TensorRepresentation.INT32: tf.int32,
        }
        self._int64 = tf.int64
        self._schema = schema
        self._features = {feature.name: feature for feature in schema.feature}
        self._consumed: set[str] = set()

    def build(self) -> dict[str, Any]:
        spec: dict[str, Any] = {}
        groups = self._schema.tensor_representation_group
        if "" in groups:  # looking it up would otherwise add it to the caller's schema
            representations = groups[""].tensor_representation
            for name in sorted(representations):
                spec[name] = self._represented(name, representations[name])
        for sparse in self._schema.sparse_feature:
            if not _is_disabled(sparse):
                spec[sparse.name] = self._sparse(sparse)
        for name, feature in self._features.items():
            if name not in self._consumed and not _is_disabled(feature):
                spec[name] = self._plain(feature)
        return spec

    def _plain(self, feature: schema_pb2.Feature) -> Any:
        dtype = self._dtype(feature)
        if feature.HasField("shape"):
            if feature.presence.min_fraction != 1:
                raise SchemaError(
                    f"Feature {feature.name!r} has a shape, but may be absent: its presence has "
                    f"min_fraction {feature.presence.min_fraction:g}.",
                    hint="Set presence.min_fraction to 1, or give value_count and no shape.",
                )
            return self._io.FixedLenFeature(_sizes(feature.shape), dtype)
        if self._schema.represent_variable_length_as_ragged:
            return self._io.RaggedFeature(
                dtype, value_key=feature.name, row_splits_dtype=self._int64
            )
        return self._io.VarLenFeature(dtype)

    def _sparse(self, sparse: schema_pb2.SparseFeature) -> Any:
        value = self._known(sparse.value_feature.name, sparse.name)
        indices = [self._known(index.name, sparse.name) for index in sparse.index_feature]
        self._consumed.update({value.name, *(index.name for index in indices)})
        return self._io.SparseFeature(
            [index.name for index in indices],
            value.name,
            self._dtype(value),
            [_index_size(index, sparse.name) for index in indices],
            already_sorted=sparse.is_sorted,
        )

    def _represented(self, name: str, tensor: schema_pb2.TensorRepresentation) -> Any:
        kind = tensor.WhichOneof("kind")
        builders = {
            "dense_tensor": self._dense_tensor,
            "varlen_sparse_tensor": self._varlen_tensor,
            "sparse_tensor": self._sparse_tensor,
            "ragged_tensor": self._ragged_tensor,
        }
        if kind not in builders:
            raise SchemaError(f"Tensor representation {name!r} is of no known kind ({kind}).")
        return builders[kind](name, getattr(tensor, kind))

    def _dense_tensor(self, name: str, tensor: Any) -> Any:
        feature = self._represents(name, tensor.column_name)
        shape = _sizes(tensor.shape)
        default = self._default(feature, tensor.default_value)
        if default is not None and shape:
            default = [default] * math.prod(shape)
        return self._io.FixedLenFeature(shape, self._dtype(feature), default)

    def _varlen_tensor(self, name: str, tensor: Any) -> Any:
        return self._io.VarLenFeature(self._dtype(self._represents(name, tensor.column_name)))

    def _sparse_tensor(self, name: str, tensor: Any) -> Any:
        value = self._known(tensor.value_column_name, name)
        self._consumed.update({value.name, *tensor.index_column_names})
        return self._io.SparseFeature(
            list(tensor.index_column_names),
            value.name,
            self._dtype(value),
            _sizes(tensor.dense_shape),
            already_sorted=tensor.already_sorted,
        )

    def _ragged_tensor(self, name: str, tensor: Any) -> Any:
        feature = self._known(_path_name(tensor.feature_path), name)
        self._consumed.add(feature.name)
        partitions: list[Any] = []
        for partition in tensor.partition:
            if partition.HasField("row_length"):
                self._consumed.add(partition.row_length)
                partitions.append(self._io.RaggedFeature.RowLengths(partition.row_length))
            else:
                length = partition.uniform_row_length
                partitions.append(self._io.RaggedFeature.UniformRowLength(length))
        return self._io.RaggedFeature(
            self._dtype(feature),
            value_key=feature.name,
            partitions=partitions,
            row_splits_dtype=self._index_dtypes.get(tensor.row_partition_dtype, self._int64),
        )

    def _represents(self, name: str, column: str) -> schema_pb2.Feature:
        """The feature that a tensor stands for, which must be of the tensor's name."""
        feature = self._known(column, name)
        if column != name:
            raise SchemaError(
                f"Tensor representation {name!r} renames feature {column!r}, which parsing "
                "cannot do for dense and variable-length tensors.",
                hint=f"Name the representation {column!r}.",
            )
        self._consumed.add(column)
        return feature

    def _known(self, name: str, user: str) -> schema_pb2.Feature:
        if name not in self._features:
            raise SchemaError(f"{user!r} refers to feature {name!r}, which the schema lacks.")
        return self._features[name]

    def _dtype(self, feature: schema_pb2.Feature) -> Any:
        if feature.type not in self._dtypes:
            received = schema_pb2.FeatureType.Name(feature.type)
            raise SchemaError(
                f"Feature {feature.name!r} is of type {received}. A tf.train.Example holds "
                "INT, FLOAT and BYTES."
            )
        return self._dtypes[feature.type]

    def _default(self, feature: schema_pb2.Feature, value: Any) -> Any:
        kind = value.WhichOneof("kind")
        if kind is None:
            return None
        accepted = {
            schema_pb2.FeatureType.INT: "int_value",
            schema_pb2.FeatureType.FLOAT: "float_value",
            schema_pb2.FeatureType.BYTES: "bytes_value",
        }
        if kind != accepted.get(feature.type):
            raise SchemaError(
                f"The default of feature {feature.name!r} is a {kind}, but the feature is of "
                f"type {schema_pb2.FeatureType.Name(feature.type)}."
            )
        return getattr(value, kind)


def _is_disabled(feature: Any) -> bool:
    return feature.deprecated or feature.lifecycle_stage in _DISABLED_STAGES


def _sizes(shape: schema_pb2.FixedShape) -> list[int]:
    return [dim.size for dim in shape.dim]


def _path_name(path: path_pb2.Path) -> str:
    return ".".join(path.step)


def _index_size(index: schema_pb2.Feature, user: str) -> int:
    """The size of a sparse dimension: one more than its largest index, -1 where unknown."""
    if not index.HasField("int_domain"):
        return -1
    domain = index.int_domain
    if not domain.HasField("min") or not domain.HasField("max") or domain.min != 0:
        raise SchemaError(
            f"Index feature {index.name!r} of {user!r} must have an int_domain with min 0 and a "
            f"max. Got [{domain}] instead."
        )
    return int(domain.max) + 1
